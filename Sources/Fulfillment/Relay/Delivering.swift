import Logging
import Orders

/// One delivery's way, from its claim to its settlement.
extension OutboxRelay {
    func deliver(_ claim: Claim, at desk: RelayDesk) async {
        let startedAt = clock.now
        let startedUptime = clock.uptimeMilliseconds
        let answer = await exchange(claim, at: startedAt)
        let uptime = clock.uptimeMilliseconds
        let decision = RetryPolicy.decide(
            answer, attempt: claim.attempt, isProbe: claim.isProbe, now: clock.now, jitter: Double.random(in: 0...1))
        report(claim, decision, desk.answered(decision, at: clock.now, uptime: uptime))
        let attempt = DeliveryAttempt(
            startedAt: startedAt, endedAt: startedAt.adding(milliseconds: uptime - startedUptime),
            status: decision.status, error: decision.error)
        // A task of its own: what the house has answered is written down even when this one was cancelled.
        await Task { await settle(claim, as: decision.outcome, attempt: attempt, at: desk) }.value
        desk.settled()
    }

    private func exchange(_ claim: Claim, at time: Timestamp) async -> Result<WebhookResponse, TransportError> {
        let signed = signer.headers(id: claim.id.description, at: time, body: claim.payload)
        let request = WebhookRequest(
            url: endpoint.url, headers: [("Content-Type", "application/json")] + signed, body: claim.payload)
        do throws(TransportError) {
            return .success(try await transport.post(request))
        } catch {
            return .failure(error)
        }
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
                    logger.info("a delivery was settled by something else", metadata: metadata(claim))
                }
                return
            } catch {
                if backoff.failures == 0 {
                    logger.error(
                        "the store refuses a settlement; trying again",
                        metadata: metadata(claim, ["error": "\(error)"]))
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

    private func report(_ claim: Claim, _ decision: DeliveryDecision, _ lesson: RelayDesk.Lesson) {
        metrics.count(decision.outcome)
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
        case .delivered: break
        case .retry: logger.debug("a delivery failed", metadata: metadata(claim, ["error": "\(error)"]))
        case .exhausted:
            logger.error("a delivery is exhausted; resend it by hand", metadata: metadata(claim, ["error": "\(error)"]))
        }
    }

    private func metadata(_ claim: Claim, _ more: Logger.Metadata = [:]) -> Logger.Metadata {
        ["webhook_id": "\(claim.id)", "attempt": "\(claim.attempt)"].merging(more) { $1 }
    }
}
