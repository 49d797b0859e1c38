package import Orders

/// What follows from one attempt: for the delivery, for its endpoint, and for staff to read.
package struct DeliveryDecision: Sendable, Hashable {
    package let outcome: DeliveryOutcome
    package let verdict: EndpointVerdict
    /// For how long nothing at all goes to the endpoint.
    package let holdMilliseconds: Int64?
    /// The endpoint said that it is gone: nothing goes there until staff resume it.
    package let pausesEndpoint: Bool
    package let status: Int?
    /// For the attempt's row: `kind: why`; nil on success.
    package let error: String?

    package init(
        outcome: DeliveryOutcome, verdict: EndpointVerdict, holdMilliseconds: Int64?, pausesEndpoint: Bool,
        status: Int?, error: String?
    ) {
        self.outcome = outcome
        self.verdict = verdict
        self.holdMilliseconds = holdMilliseconds
        self.pausesEndpoint = pausesEndpoint
        self.status = status
        self.error = error
    }
}

/// What an attempt says about the endpoint.
package enum EndpointVerdict: Sendable, Hashable {
    case success
    /// It answered, though not as wished.
    case up
    /// Connecting, TLS, time-out, no answer, 5xx, 429.
    case down
    /// Nothing: the failure was ours.
    case unknown
}
