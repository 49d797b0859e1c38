import Crypto
import Fulfillment
import HTTPTypes
import Hummingbird
import Logging
import Orders

/// `POST /v1/webhooks/shipping`: the house tells us. What it signed is what counts, so the bytes are judged first
/// and read only then.
struct ShippingWebhookController: Sendable {
    /// The house is answered within a second whatever the store is doing, so before it is over; what was begun goes on,
    /// and the house's retry finds it done.
    private static let answerWithinMilliseconds: Int64 = 900

    private let store: any Store
    private let verifier: WebhookVerifier
    private let clock: any Clock
    private let logger: Logger
    private let bodies: RequestBodies

    init(_ parts: WebParts) {
        store = parts.store
        verifier = parts.verifier
        clock = parts.clock
        logger = parts.logger
        bodies = RequestBodies(parts)
    }

    func receive(_ request: Request, _ context: WebContext) async throws -> Response {
        let bytes = try await bodies.bytes(of: request)
        let now = clock.now
        let verified = try verified(request, bytes, at: now, requestID: context.requestID)
        let update = try ShippingUpdate.read(bytes, id: verified.id, receivedAt: now)
        let receipt = WebhookReceipt(
            id: verified.id, digest: Array(SHA256.hash(data: bytes)), bytes: bytes, at: now)
        return try Self.answer(try await apply(update, receipt))
    }

    private func verified(
        _ request: Request, _ bytes: [UInt8], at now: Timestamp, requestID: String
    ) throws -> VerifiedWebhook {
        let verdict = verifier.verify(
            id: Self.only(.webhookID, of: request), timestamp: Self.only(.webhookTimestamp, of: request),
            signature: Self.only(.webhookSignature, of: request), body: bytes, at: now)
        switch verdict {
        case .success(let verified): return verified
        case .failure(let reason):
            logger.warning(
                "webhook refused", metadata: ["reason": "\(reason.rawValue)", "request_id": "\(requestID)"])
            var problem = Problem(.invalidSignature)
            // Every 401 must name a scheme (RFC 9110, 15.5.2).
            problem.headers[.wwwAuthenticate] = "StandardWebhooks"
            throw problem
        }
    }

    /// A header that came twice says nothing: which of the two was signed?
    private static func only(_ name: HTTPField.Name, of request: Request) -> String? {
        let values = request.headers[values: name]
        return values.count == 1 ? values[0] : nil
    }

    private func apply(_ update: ShippingUpdate, _ receipt: WebhookReceipt) async throws -> ShippingOutcome {
        let outcome = try await Deadline.result(
            of: { [store] in try await store.apply(update, received: receipt) },
            within: Self.answerWithinMilliseconds, clock: clock)
        guard let outcome else {
            throw Problem.unavailable("The message was not stored in time. Please send it again.")
        }
        return outcome
    }

    private static func answer(_ outcome: ShippingOutcome) throws -> Response {
        switch outcome {
        case .applied: result("applied")
        case .ignored(let reason): result("ignored", reason: reason)
        case .duplicate: result("duplicate")
        case .unmatched: result("unmatched", .accepted)
        case .idReused: throw Problem(.webhookIDReused)
        }
    }

    private static func result(
        _ word: String, _ status: HTTPResponse.Status = .ok, reason: String? = nil
    ) -> Response {
        .json(status, reserving: 64) {
            $0.object {
                $0.field("result", word)
                if let reason { $0.field("reason", reason) }
            }
        }
    }
}
