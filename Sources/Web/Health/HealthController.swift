import HTTPTypes
import Hummingbird
import Orders

/// Whether the process lives, and whether it can take requests.
struct HealthController: Sendable {
    private let checkups: [Checkup]

    init(_ parts: WebParts) { checkups = parts.readiness.map { Checkup($0, clock: parts.clock) } }

    func live(_ request: Request, _ context: WebContext) async throws -> Response {
        .json(reserving: 32) { $0.object { $0.field("status", "pass") } }
    }

    func ready(_ request: Request, _ context: WebContext) async throws -> Response {
        let results = await results()
        let isReady = results.allSatisfy { $0.result == .pass }
        return .json(isReady ? .ok : .serviceUnavailable, headers: isReady ? [:] : [.retryAfter: "5"]) {
            $0.object {
                $0.field("status", isReady ? "pass" : "fail")
                $0.array("checks", results) { check, json in
                    json.object {
                        $0.field("name", check.name)
                        switch check.result {
                        case .pass: $0.field("status", "pass")
                        case .fail(let why):
                            $0.field("status", "fail")
                            $0.field("detail", why)
                        }
                    }
                }
            }
        }
    }

    /// All at once, told in the order they were named.
    private func results() async -> [(name: String, result: CheckResult)] {
        await withTaskGroup(of: (Int, CheckResult).self) { group in
            for (index, checkup) in checkups.enumerated() { group.addTask { (index, await checkup.result()) } }
            var results: [Int: CheckResult] = [:]
            for await (index, result) in group { results[index] = result }
            return checkups.enumerated().map { ($1.name, results[$0] ?? .fail("gave no answer")) }
        }
    }
}
