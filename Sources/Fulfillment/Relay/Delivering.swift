import Logging
import Orders
import Tracing

/// One delivery's way, from its claim to its settlement.
extension OutboxRelay {
    func deliver(_ claim: Claim, at desk: RelayDesk) async {
        let startedAt = clock.now
        let startedUptime = clock.uptimeNanoseconds
        let (span, trace, headers) = TraceHeaders.attempt("deliver", of: claim.trace, tracer: tracer)
        defer { span.end() }
        let answer = await exchange(claim, at: startedAt, with: headers)
        let nanoseconds = clock.uptimeNanoseconds - startedUptime
        let decision = RetryPolicy.decide(
            answer, attempt: claim.attempt, isProbe: claim.isProbe, now: clock.now, jitter: Double.random(in: 0...1))
        metrics.note(decision.outcome, nanoseconds: nanoseconds)
        note(claim, decision, in: span)
        let lesson = desk.answered(decision, at: clock.now, uptime: clock.uptimeMilliseconds)
        report(claim, trace, decision, lesson)
        let attempt = DeliveryAttempt(
            startedAt: startedAt, endedAt: startedAt.adding(milliseconds: nanoseconds / 1_000_000),
            status: decision.status, error: decision.error)
        // A task of its own: what the house has answered is written down even when this one was cancelled.
        await Task { await settle(claim, as: decision.outcome, attempt: attempt, at: desk) }.value
        desk.settled()
    }

    private func exchange(
        _ claim: Claim, at time: Timestamp, with headers: [(name: String, value: String)]
    ) async -> Result<WebhookResponse, TransportError> {
        let signed = signer.headers(id: claim.id.description, at: time, body: claim.payload)
        let request = WebhookRequest(
            url: endpoint.url, headers: [("Content-Type", "application/json")] + signed + headers,
            body: claim.payload)
        do throws(TransportError) {
            return .success(try await transport.post(request))
        } catch {
            return .failure(error)
        }
    }

    /// What OpenTelemetry wants to know of a message that is sent, and no more: nothing of what is in it.
    private func note(_ claim: Claim, _ decision: DeliveryDecision, in span: any Span) {
        guard span.isRecording else { return }
        span.attributes["messaging.message.id"] = claim.id.description
        span.attributes["mailroom.attempt"] = claim.attempt
        if let status = decision.status { span.attributes["http.response.status_code"] = status }
        if decision.outcome != .delivered { span.setStatus(.init(code: .error, message: decision.error)) }
    }

    /// Tries until the store takes it, or until the time for finishing is over.
    private func settle(
        _ claim: Claim, as outcome: DeliveryOutcome, attempt: DeliveryAttempt, at desk: RelayDesk
    ) async {
        var backoff = Backoff()
        while true {
            do throws(StoreError) {
                let settlement = try await outbox.settle(claim, as: outcome, attempt: attempt)
                if settlement == .stale {
                    logger.info("a delivery was settled by something else", metadata: metadata(claim, in: claim.trace))
                }
                return
            } catch {
                if backoff.failures == 0 {
                    logger.error(
                        "the store refuses a settlement; trying again",
                        metadata: metadata(claim, in: claim.trace, ["error": "\(error)"]))
                }
                guard !desk.hasGivenUp, await waited(backoff.failed()) else { return }
            }
        }
    }

    private func waited(_ milliseconds: Int64) async -> Bool {
        do throws(CancellationError) {
            try await clock.wait(milliseconds: milliseconds)
            return true
        } catch {
            return false
        }
    }

    private func report(
        _ claim: Claim, _ trace: TraceContext, _ decision: DeliveryDecision, _ lesson: RelayDesk.Lesson
    ) {
        let error = decision.error ?? ""
        if lesson.isDown, !lesson.wasDown {
            logger.warning(
                "the endpoint counts as down; probing", metadata: ["endpoint": "\(endpoint.name)", "error": "\(error)"])
        } else if lesson.wasDown, !lesson.isDown {
            logger.notice("the endpoint answers again", metadata: ["endpoint": "\(endpoint.name)"])
        }
        if lesson.startsHold, let hold = decision.holdMilliseconds {
            logger.warning(
                "the endpoint asks to be left alone; nothing is sent to it meanwhile",
                metadata: ["endpoint": "\(endpoint.name)", "seconds": "\((hold + 999) / 1000)"])
        }
        if decision.pausesEndpoint {
            logger.error(
                "the endpoint says that it is gone; paused until staff resume it",
                metadata: ["endpoint": "\(endpoint.name)"])
        }
        switch decision.outcome {
        case .delivered: logger.debug("delivered", metadata: metadata(claim, in: trace))
        case .retry:
            logger.debug("a delivery failed", metadata: metadata(claim, in: trace, ["error": "\(error)"]))
        case .exhausted:
            logger.error(
                "a delivery is exhausted; resend it by hand",
                metadata: metadata(claim, in: trace, ["error": "\(error)"]))
        }
    }

    private func metadata(
        _ claim: Claim, in trace: TraceContext? = nil, _ more: Logger.Metadata = [:]
    ) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["webhook_id": "\(claim.id)", "attempt": "\(claim.attempt)"]
        if let trace { metadata["traceparent"] = "\(trace.traceparent)" }
        return metadata.merging(more) { $1 }
    }
}
