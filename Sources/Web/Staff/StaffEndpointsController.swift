import Fulfillment
import Hummingbird
import Orders

/// Where deliveries go, how that place is doing, and the switch that stops them.
struct StaffEndpointsController: Sendable {
    private let store: any Store
    private let clock: any Clock

    init(_ parts: WebParts) {
        store = parts.store
        clock = parts.clock
    }

    func list(_ request: Request, _ context: WebContext) async throws -> Response {
        let endpoints = try await store.endpoints()
        return .json { $0.object { $0.array("data", endpoints) { $0.write(to: &$1) } } }
    }

    func pause(_ request: Request, _ context: WebContext) async throws -> Response {
        try await setPaused(true, context)
    }

    func resume(_ request: Request, _ context: WebContext) async throws -> Response {
        try await setPaused(false, context)
    }

    private func setPaused(_ paused: Bool, _ context: WebContext) async throws -> Response {
        guard let name = context.pathPart("name"),
            try await store.setPaused(paused, endpoint: name, at: clock.now),
            let endpoint = try await store.endpoints().first(where: { $0.name == name })
        else { throw Problem.notFound }
        return .json { endpoint.write(to: &$0) }
    }
}

extension Endpoint {
    fileprivate func write(to json: inout JSONWriter) {
        json.object {
            $0.field("name", name)
            $0.field("url", url)
            $0.field("state", state.rawValue)
            $0.field("last_success_at", lastSuccessAt)
            $0.field("failures_in_a_row", failuresInARow)
            $0.field("pending", pending)
            $0.field("oldest_pending_at", oldestPendingAt)
            $0.field("hold_until", holdUntil)
        }
    }
}
