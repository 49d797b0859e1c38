package import HTTPTypes

/// Every kind of error answer; its raw value is the last part of the document's `type`, `/problems/<slug>`.
package enum ProblemKind: String, Sendable, CaseIterable {
    case malformedRequest = "malformed-request"
    case unauthorized = "unauthorized"
    case invalidSignature = "invalid-signature"
    case insufficientScope = "insufficient-scope"
    case crossSite = "cross-site"
    case notFound = "not-found"
    case methodNotAllowed = "method-not-allowed"
    case requestTimeout = "request-timeout"
    case transitionNotAllowed = "transition-not-allowed"
    case webhookIDReused = "webhook-id-reused"
    case updateSettled = "update-settled"
    case nameTaken = "name-taken"
    case changedSince = "changed-since"
    case contentTooLarge = "content-too-large"
    case uriTooLong = "uri-too-long"
    case unsupportedMediaType = "unsupported-media-type"
    case invalidOrder = "invalid-order"
    case invalidCatalog = "invalid-catalog"
    case invalidFields = "invalid-fields"
    case weightLimitExceeded = "weight-limit-exceeded"
    case idempotencyKeyReused = "idempotency-key-reused"
    case tooManyRequests = "too-many-requests"
    case headersTooLarge = "headers-too-large"
    case internalError = "internal-error"
    case unavailable = "unavailable"

    package var status: HTTPResponse.Status {
        switch self {
        case .malformedRequest: .badRequest
        case .unauthorized, .invalidSignature: .unauthorized
        case .insufficientScope, .crossSite: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .requestTimeout: .requestTimeout
        case .transitionNotAllowed, .webhookIDReused, .updateSettled, .nameTaken: .conflict
        case .changedSince: .preconditionFailed
        case .contentTooLarge: .contentTooLarge
        case .uriTooLong: .uriTooLong
        case .unsupportedMediaType: .unsupportedMediaType
        case .invalidOrder, .invalidCatalog, .invalidFields, .weightLimitExceeded, .idempotencyKeyReused:
            .unprocessableContent
        case .tooManyRequests: .tooManyRequests
        case .headersTooLarge: .requestHeaderFieldsTooLarge
        case .internalError: .internalServerError
        case .unavailable: .serviceUnavailable
        }
    }

    /// The same for every occurrence.
    package var title: String {
        switch self {
        case .malformedRequest: "The request is malformed"
        case .unauthorized: "A staff token is needed"
        case .invalidSignature: "The webhook's signature is not valid"
        case .insufficientScope: "The token lacks the scope"
        case .crossSite: "The form did not come from our page"
        case .notFound: "Not found"
        case .methodNotAllowed: "The method is not allowed here"
        case .requestTimeout: "The request took too long to arrive"
        case .transitionNotAllowed: "The order's state forbids it"
        case .webhookIDReused: "The webhook-id belongs to another message"
        case .updateSettled: "The message was settled before"
        case .nameTaken: "The name is taken"
        case .changedSince: "It changed since you read it"
        case .contentTooLarge: "The request's body is too large"
        case .uriTooLong: "The request's address is too long"
        case .unsupportedMediaType: "The media type is not supported"
        case .invalidOrder: "The order cannot be accepted as it is"
        case .invalidCatalog: "The catalog entry is not valid"
        case .invalidFields: "Some fields are not valid"
        case .weightLimitExceeded: "The order is too heavy"
        case .idempotencyKeyReused: "The idempotency key belongs to another request"
        case .tooManyRequests: "Too many requests"
        case .headersTooLarge: "The request's headers are too large"
        case .internalError: "Something went wrong on our side"
        case .unavailable: "The service is busy"
        }
    }

    /// What `GET /problems/{slug}` answers: what it means, and what to do.
    package var explanation: String {
        switch self {
        case .malformedRequest:
            "The request is not understood: not JSON, a wrong type, a bad cursor or parameter. `errors` points at each."
        case .unauthorized:
            "This address is for staff. Send `Authorization: Bearer <staff token>` with a token that is not revoked."
        case .invalidSignature:
            "A Standard Webhooks header is missing, malformed, stale or does not fit the body. Nothing was stored."
        case .insufficientScope: "The staff token is known, but was not given the scope that this request needs."
        case .crossSite:
            "A form may only be sent from our own page. Open the page again and send it from there; nothing was changed."
        case .notFound: "There is nothing at this address, or the status token that was sent does not open it."
        case .methodNotAllowed: "The address exists, but not for this method; `Allow` lists those that it takes."
        case .requestTimeout: "The body did not arrive in time. Send it again over a better connection."
        case .transitionNotAllowed:
            "The order's present state, `current_status`, does not allow this action; `detail` says why."
        case .webhookIDReused: "A message with this `webhook-id` and other bytes was received before. Use a new id."
        case .updateSettled: "This message was matched or dismissed before; nothing is left to decide."
        case .nameTaken: "A live token has this name. Choose another name, or revoke that token first."
        case .changedSince: "The `If-Match` tag is not the current one. Read it again, then decide again."
        case .contentTooLarge: "The body is larger than this address takes: 64 KiB, or 8 MiB for a catalog import."
        case .uriTooLong: "The address is longer than 8 KiB. A search with many terms can be sent as POST."
        case .unsupportedMediaType: "Send the body with the Content-Type that `detail` names."
        case .invalidOrder: "Everything was understood, but some values cannot be accepted; `errors` lists all of them."
        case .invalidCatalog: "Nothing was changed. `errors` lists every value that is not valid, with its place."
        case .invalidFields:
            "Everything was understood, but some values cannot be accepted; `errors` lists all of them."
        case .weightLimitExceeded:
            "Free shipping ends at `weight_limit`. `errors` says for each line how many copies would still fit."
        case .idempotencyKeyReused:
            "This `Idempotency-Key` placed an order that meant something else. Use a new key for a new order."
        case .tooManyRequests: "Too many requests came from your address. Wait as long as `Retry-After` says."
        case .headersTooLarge: "The headers are larger than 32 KiB together. Send fewer or shorter ones."
        case .internalError: "It is not your mistake. Tell us the `request_id`, and we can look it up."
        case .unavailable: "The service cannot answer now. Wait as long as `Retry-After` says and send it again."
        }
    }
}
