import HTTPTypes
import Hummingbird
import NIOCore
import Orders

/// An error answer: a problem document (RFC 9457) and its status. Thrown by whatever notices it first.
struct Problem: Error, Sendable {
    let kind: ProblemKind
    /// What is wrong this time, for a person. Never repeats what was sent, except a name from our own documents.
    let detail: String
    var errors: [FieldProblem] = []
    /// Further members, such as `current_status`.
    var members: [JSONValue.Member] = []
    var headers: HTTPFields = [:]

    init(_ kind: ProblemKind, _ detail: String? = nil, errors: [FieldProblem] = []) {
        self.kind = kind
        self.detail = detail ?? kind.explanation
        self.errors = errors
    }

    func response(requestID: String) -> Response {
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        let document = document(requestID: requestID)
        return Response(
            status: kind.status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: document)))
    }

    func document(requestID: String) -> [UInt8] {
        var json = JSONWriter()
        json.object {
            $0.field("type", "/problems/\(kind.rawValue)")
            $0.field("title", kind.title)
            $0.field("status", kind.status.code)
            $0.field("detail", detail)
            $0.field("request_id", requestID)
            for member in members { $0.member(member.name) { $0.value(member.value) } }
            if !errors.isEmpty { $0.array("errors", errors) { $0.write(to: &$1) } }
        }
        return json.bytes
    }
}

extension Problem {
    /// One answer for all that must not be told apart.
    static let notFound = Problem(.notFound, "There is nothing here for you to see.")

    static let nothing = Problem(.notFound, "There is nothing at this address.")

    static var tooManyConnections: Problem {
        var problem = Problem(.tooManyRequests, "Too many connections are open from your address. Close some first.")
        problem.headers[.retryAfter] = "5"
        return problem
    }

    static var tooManyAtOnce: Problem {
        var problem = Problem(.tooManyRequests, "Wait for an answer before you send so many requests.")
        problem.headers[.retryAfter] = "1"
        return problem
    }

    static func malformed(_ pointer: String, _ code: String, _ detail: String) -> Problem {
        Problem(
            .malformedRequest, "The request is not understood.", errors: [FieldProblem(pointer, code, detail)])
    }

    static func malformed(_ problems: [FieldProblem]) -> Problem {
        Problem(.malformedRequest, "The request is not understood.", errors: problems)
    }

    static func tooHeavy(_ excess: WeightExcess) -> Problem {
        var problem = Problem(
            .weightLimitExceeded,
            "The order weighs \(excess.total), which is \(excess.excess) over the limit of \(excess.limit).",
            errors: excess.problems)
        problem.members = [
            .init(name: "total_weight", value: excess.total.json),
            .init(name: "weight_limit", value: excess.limit.json),
            .init(name: "excess_weight", value: excess.excess.json),
        ]
        return problem
    }

    static func refused(_ refusal: TransitionRefusal) -> Problem {
        transitionNotAllowed(currentStatus: refusal.currentStatus.rawValue, refusal.why)
    }

    static func transitionNotAllowed(currentStatus: String, _ why: String) -> Problem {
        var problem = Problem(.transitionNotAllowed, "Not possible: \(why).")
        problem.members = [.init(name: "current_status", value: .string(currentStatus))]
        return problem
    }

    static func unavailable(_ detail: String, retryAfterSeconds: Int = 1) -> Problem {
        var problem = Problem(.unavailable, detail)
        problem.headers[.retryAfter] = String(retryAfterSeconds)
        return problem
    }
}

extension StatedWeight {
    fileprivate var json: JSONValue {
        .object([.init(name: "value", value: .number(decimal)), .init(name: "unit", value: .string(unit.rawValue))])
    }
}
