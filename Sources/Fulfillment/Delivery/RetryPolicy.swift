package import Orders

/// Decides what follows from an attempt. Pure: time and chance come in.
package enum RetryPolicy {
    /// - Parameters:
    ///   - attempt: as the claim counts it: 1 for the first. A probe repeats the number of the attempts made so far
    ///     and can exhaust nothing.
    ///   - jitter: 0…1.
    package static func decide(
        _ answer: Result<WebhookResponse, TransportError>, attempt: Int, isProbe: Bool = false, now: Timestamp,
        jitter: Double
    ) -> DeliveryDecision {
        switch answer {
        case .success(let response):
            judge(response, attempt: attempt, isProbe: isProbe, now: now, jitter: jitter)
        case .failure(let failure):
            judge(failure, attempt: attempt, isProbe: isProbe, now: now, jitter: jitter)
        }
    }

    private static func judge(
        _ response: WebhookResponse, attempt: Int, isProbe: Bool, now: Timestamp, jitter: Double
    ) -> DeliveryDecision {
        let status = response.status
        let hold = holdMilliseconds(response, now: now)
        let outcome: DeliveryOutcome =
            switch status {
            case 200..<300: .delivered
            // Never used up by an endpoint that is gone: once staff resume it, the delivery goes on at once.
            case 410: again(attempt: 1, keeping: true, after: 0, now: now, jitter: jitter, requestSent: true)
            default:
                again(
                    attempt: attempt, keeping: isProbe, after: hold ?? 0, now: now, jitter: jitter, requestSent: true)
            }
        return DeliveryDecision(
            outcome: outcome, verdict: verdict(status), holdMilliseconds: hold, pausesEndpoint: status == 410,
            status: status, error: explanation(status, hold: hold))
    }

    private static func judge(
        _ failure: TransportError, attempt: Int, isProbe: Bool, now: Timestamp, jitter: Double
    ) -> DeliveryDecision {
        let isOurs = isOurs(failure.kind)
        return DeliveryDecision(
            outcome: again(
                attempt: attempt, keeping: isProbe || isOurs, after: 0, now: now, jitter: jitter,
                requestSent: failure.requestSent),
            verdict: isOurs ? .unknown : .down, holdMilliseconds: nil, pausesEndpoint: false, status: nil,
            error: "\(failure.kind.rawValue): \(failure.detail)")
    }

    /// - Parameter keeping: goes on with the last step after the last attempt.
    private static func again(
        attempt: Int, keeping: Bool, after hold: Int64, now: Timestamp, jitter: Double, requestSent: Bool
    ) -> DeliveryOutcome {
        let counted = keeping ? min(attempt, RetrySchedule.waitsSeconds.count) : attempt
        guard let wait = RetrySchedule.waitMilliseconds(afterAttempt: counted, jitter: jitter) else {
            return .exhausted(requestSent: requestSent)
        }
        return .retry(at: now.adding(milliseconds: max(wait, hold)), requestSent: requestSent)
    }

    private static func verdict(_ status: Int) -> EndpointVerdict {
        switch status {
        case 200..<300: .success
        case 429, 500...: .down
        default: .up
        }
    }

    private static func holdMilliseconds(_ response: WebhookResponse, now: Timestamp) -> Int64? {
        guard response.status == 429 || response.status == 503, let value = response.header("retry-after") else {
            return nil
        }
        return RetryAfter.milliseconds(value, now: now)
    }

    private static func isOurs(_ kind: TransportError.Kind) -> Bool {
        switch kind {
        case .cancelled, .local: true
        case .resolve, .resolveTimeout, .connect, .connectRefused, .connectTimeout, .tls, .tlsTimeout, .tlsExpired,
            .tlsNotYetValid, .tlsWrongHost, .tlsSelfSigned, .tlsUntrusted, .send, .sendTimeout, .answerTimeout,
            .answerTooSlow, .receive, .reset, .closed, .notHTTP, .headTooLarge, .invalidRequest:
            false
        }
    }

    private static func explanation(_ status: Int, hold: Int64?) -> String? {
        let asked = hold.map { " and asked to wait \(($0 + 999) / 1000) s" } ?? ""
        return switch status {
        case 200..<300: nil
        case 300..<400: "redirect: answered \(status), and redirects are not followed"
        case 410: "gone: answered 410, so the endpoint is paused"
        case 429: "throttled: answered 429\(asked)"
        case 500...: "server_error: answered \(status)\(asked)"
        default: "refused: answered \(status)"
        }
    }
}
