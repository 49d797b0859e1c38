/// How the receiver answers one request: steps on the wire, one after the other.
package struct Answer: Sendable {
    package enum Step: Sendable {
        case bytes([UInt8])
        /// Goes on when the test opens it.
        case wait(Gate)
        /// The bytes again and again, until the connection ends.
        case drip([UInt8], everyMilliseconds: Int64)
        /// Ends the connection with an RST.
        case reset
        case close
    }

    package var steps: [Step]

    package init(_ steps: [Step]) { self.steps = steps }

    /// A whole answer.
    package static func status(
        _ status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) -> Answer {
        let length = [(name: "Content-Length", value: String(body.count))]
        return Answer([.bytes(head(status, length + headers) + body)])
    }

    package static let ok = Answer.status(200)

    /// Never answers.
    package static let silence = Answer([])

    package static func redirect(to url: String) -> Answer { .status(302, headers: [("Location", url)]) }

    /// The whole answer, once the gate is open.
    package func held(by gate: Gate) -> Answer { Answer([.wait(gate)] + steps) }

    package static func head(_ status: Int, _ headers: [(name: String, value: String)]) -> [UInt8] {
        let lines = headers.map { "\($0.name): \($0.value)\r\n" }.joined()
        return Array("HTTP/1.1 \(status) Answer\r\n\(lines)\r\n".utf8)
    }
}
