import ArgumentParser
import Foundation
import NIOCore
import NIOPosix
import Orders

struct AskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ask",
        abstract: "Ask the same questions in turn, round after round, on one connection, each after the last's answer.")

    @Option(help: "The server, such as http://127.0.0.1:8080.") var url: ServerAddress
    @Option(help: "A staff token.") var token: String
    @Option(help: "A JSON array of {label, method, path, body}.", completion: .file()) var requests: String
    @Option(help: "How often each is asked.") var rounds: Int
    @Option(help: "How often each is asked before, unmeasured.") var warm = 5

    func validate() throws {
        guard (1...1_000_000).contains(rounds), (0...1_000_000).contains(warm) else {
            throw ValidationError("the rounds are out of range")
        }
    }

    func run() async throws {
        let before = processorSeconds()
        let questions = try Question.read(Array(Data(contentsOf: URL(fileURLWithPath: requests))), url, token: token)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let answers = try await Asking.run(questions, rounds: rounds, warm: warm, at: url, on: group.next()).get()
        try Output.print { json in
            json.object("labels") { json in
                for (question, answers) in zip(questions, answers) {
                    json.member(question.label) { $0.object { answers.writeMembers(to: &$0) } }
                }
            }
            json.field("client_cpu_seconds", processorSeconds() - before)
        }
    }
}

/// A request and what it is called in the result.
struct Question: Sendable {
    let label: String
    let request: ByteBuffer

    /// Reads a file of questions; a `body` may be a text or any JSON value.
    static func read(_ file: [UInt8], _ server: ServerAddress, token: String) throws -> [Question] {
        let entries = try JSONReader.read(file).arrayValue ?? []
        let questions = entries.compactMap { Question($0, server, token: token) }
        guard !questions.isEmpty, questions.count == entries.count else {
            throw LoadFailure("the requests must be an array of objects with label, method and path")
        }
        guard Set(questions.map(\.label)).count == questions.count else { throw LoadFailure("a label occurs twice") }
        return questions
    }

    private init?(_ json: JSONValue, _ server: ServerAddress, token: String) {
        guard let label = json["label"]?.stringValue, let method = json["method"]?.stringValue,
            let path = json["path"]?.stringValue
        else { return nil }
        let body: [UInt8]
        switch json["body"] {
        case nil, .null?: body = []
        case .string(let text)?: body = Array(text.utf8)
        case .some(let value):
            var writer = JSONWriter()
            writer.value(value)
            body = writer.bytes
        }
        self.label = label
        var head = "\(method) \(path) HTTP/1.1\r\nHost: \(server.authority)\r\nAuthorization: Bearer \(token)\r\n"
        if !body.isEmpty { head += "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n" }
        request = ByteBuffer(bytes: Array((head + "\r\n").utf8) + body)
    }
}

/// How one question was answered.
struct Answers: Sendable {
    private var latencies = Latencies()
    private var status = 0
    private var bytes = 0

    /// The first status that is no 2xx stays, so that it is seen.
    mutating func note(_ answer: ResponseParser.Answer, nanoseconds: Int64) {
        latencies.record(nanoseconds: nanoseconds)
        if status == 0 || (200..<300).contains(status) { status = answer.status }
        bytes = answer.bodyBytes
    }

    func writeMembers(to json: inout JSONWriter) {
        latencies.writeMembers(to: &json)
        json.field("count", latencies.count)
        json.field("status", status)
        json.field("bytes", bytes)
    }
}

/// The closed loop. Belongs to its event loop.
private final class Asking {
    private let questions: [Question]
    private let connection: ClientConnection
    private let done: EventLoopPromise<[Answers]>
    private var answers: [Answers]
    /// How many are still to be asked, and how many of those first go unmeasured.
    private var left: Int
    private var unmeasured: Int

    static func run(
        _ questions: [Question], rounds: Int, warm: Int, at server: ServerAddress, on loop: any EventLoop
    ) -> EventLoopFuture<[Answers]> {
        loop.flatSubmit {
            let done = loop.makePromise(of: [Answers].self)
            ClientConnection.open(to: server, on: loop) { connection in
                guard let connection else {
                    return done.fail(LoadFailure("nobody listens at http://\(server.authority)"))
                }
                Asking(questions, rounds: rounds, warm: warm, connection, done).ask(0)
            }
            return done.futureResult
        }
    }

    private init(
        _ questions: [Question], rounds: Int, warm: Int, _ connection: ClientConnection,
        _ done: EventLoopPromise<[Answers]>
    ) {
        self.questions = questions
        self.connection = connection
        self.done = done
        answers = questions.map { _ in Answers() }
        left = questions.count * (rounds + warm)
        unmeasured = questions.count * warm
    }

    private func ask(_ index: Int) {
        guard left > 0 else {
            connection.close()
            return done.succeed(answers)
        }
        let start = NIODeadline.now()
        connection.send(questions[index].request) { answer in
            guard let answer else {
                return self.done.fail(LoadFailure("no answer to \(self.questions[index].label)"))
            }
            let time = (NIODeadline.now() - start).nanoseconds
            self.left -= 1
            if self.unmeasured > 0 {
                self.unmeasured -= 1
            } else {
                self.answers[index].note(answer, nanoseconds: time)
            }
            self.ask((index + 1) % self.questions.count)
        }
    }
}
