import Fulfillment
import HTTPTypes
import Hummingbird
import NIOCore
import Orders

/// The house's door: takes deliveries on any path, if their signature holds.
struct HouseReceiver: Sendable {
    let desk: HouseDesk
    let verifier: WebhookVerifier
    let habits: HouseHabits
    let clock: any Clock
    let say: @Sendable (String) -> Void

    /// An order of a hundred lines stays far below.
    static let largestBody = 1 << 20

    var responder: CallbackResponder<BasicRequestContext> {
        CallbackResponder { request, _ in try await answer(request) }
    }

    private func answer(_ request: Request) async throws -> Response {
        guard request.method == .post else {
            return Response(status: .methodNotAllowed, headers: [.allow: "POST"])
        }
        let body = Array(buffer: try await request.body.collect(upTo: Self.largestBody))
        let verdict = verifier.verify(
            id: header("webhook-id", of: request), timestamp: header("webhook-timestamp", of: request),
            signature: header("webhook-signature", of: request), body: body, at: clock.now)
        switch verdict {
        case .failure(let problem):
            say("refused a delivery: \(problem)")
            return Response(status: .unauthorized)
        case .success(let webhook):
            if habits.delaySeconds > 0 {
                try await clock.wait(milliseconds: Int64(habits.delaySeconds * 1000))
            }
            switch desk.take(webhook.id, body: body, at: clock.now) {
            case .taken, .duplicate: return Response(status: .ok)
            case .failed: return Response(status: .internalServerError)
            case .notUnderstood: return Response(status: .badRequest)
            }
        }
    }

    /// Nil when missing; several of one name are joined, so that the signature's check sees them all.
    private func header(_ name: String, of request: Request) -> String? {
        guard let name = HTTPField.Name(name) else { return nil }
        return request.headers[name]
    }
}
