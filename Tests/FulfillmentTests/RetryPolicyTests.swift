import Fulfillment
import Orders
import Testing

struct RetryPolicyTests {
    private let now = Timestamp(milliseconds: 1_800_000_000_000)

    private func decide(
        _ status: Int, attempt: Int = 1, isProbe: Bool = false, retryAfter: String? = nil, jitter: Double = 0
    ) -> DeliveryDecision {
        let headers = retryAfter.map { [(name: "Retry-After", value: $0)] } ?? []
        return RetryPolicy.decide(
            .success(WebhookResponse(status: status, headers: headers)), attempt: attempt, isProbe: isProbe,
            now: now, jitter: jitter)
    }

    private func decide(
        _ kind: TransportError.Kind, attempt: Int = 1, isProbe: Bool = false, requestSent: Bool = false
    ) -> DeliveryDecision {
        RetryPolicy.decide(
            .failure(TransportError(kind: kind, detail: "why", requestSent: requestSent)), attempt: attempt,
            isProbe: isProbe, now: now, jitter: 0)
    }

    private func retry(afterSeconds seconds: Int64, requestSent: Bool = true) -> DeliveryOutcome {
        .retry(at: now.adding(seconds: seconds), requestSent: requestSent)
    }

    @Test(arguments: [200, 201, 202, 204, 299])
    func everyTwoHundredIsSuccess(status: Int) {
        let decision = decide(status, attempt: 15)
        #expect(decision.outcome == .delivered)
        #expect(decision.verdict == .success)
        #expect(decision.status == status)
        #expect(decision.error == nil)
        #expect(!decision.pausesEndpoint)
        #expect(decision.holdMilliseconds == nil)
    }

    static let failing: [(Int, EndpointVerdict, String)] = [
        (300, .up, "redirect"), (301, .up, "redirect"), (302, .up, "redirect"), (304, .up, "redirect"),
        (307, .up, "redirect"), (308, .up, "redirect"), (400, .up, "refused"), (401, .up, "refused"),
        (403, .up, "refused"), (404, .up, "refused"), (408, .up, "refused"), (413, .up, "refused"),
        (422, .up, "refused"), (429, .down, "throttled"), (499, .up, "refused"), (500, .down, "server_error"),
        (502, .down, "server_error"), (503, .down, "server_error"), (504, .down, "server_error"),
        (599, .down, "server_error"), (999, .down, "server_error"),
    ]

    @Test(arguments: failing)
    func everyOtherAnswerIsRetried(status: Int, verdict: EndpointVerdict, word: String) {
        let decision = decide(status)
        #expect(decision.outcome == retry(afterSeconds: 5))
        #expect(decision.verdict == verdict)
        #expect(decision.status == status)
        #expect(decision.error?.hasPrefix("\(word): answered \(status)") == true)
        #expect(!decision.pausesEndpoint)
        #expect(decide(status, attempt: 15).outcome == .exhausted(requestSent: true))
    }

    @Test(arguments: TransportError.Kind.allCases)
    func noAnswerIsRetriedAndNamed(kind: TransportError.Kind) {
        let isOurs = kind == .cancelled || kind == .local
        for sent in [false, true] {
            let decision = decide(kind, requestSent: sent)
            #expect(decision.outcome == retry(afterSeconds: 5, requestSent: sent))
            #expect(decision.verdict == (isOurs ? .unknown : .down))
            #expect(decision.status == nil)
            #expect(decision.error == "\(kind.rawValue): why")
            #expect(
                decide(kind, attempt: 15, requestSent: sent).outcome
                    == (isOurs ? retry(afterSeconds: 18 * 3600, requestSent: sent) : .exhausted(requestSent: sent)))
        }
    }

    @Test func goneIsPausedAndNeverUsedUp() {
        for attempt in [1, 7, 15, 40] {
            let decision = decide(410, attempt: attempt, retryAfter: "60")
            #expect(decision.pausesEndpoint)
            #expect(decision.outcome == retry(afterSeconds: 5))
            #expect(decision.verdict == .up)
            #expect(decision.holdMilliseconds == nil)
        }
    }

    @Test func aProbeUsesNothingUp() {
        #expect(decide(500, attempt: 0, isProbe: true).outcome == retry(afterSeconds: 5))
        #expect(decide(500, attempt: 15, isProbe: true).outcome == retry(afterSeconds: 18 * 3600))
        #expect(
            decide(.connect, attempt: 15, isProbe: true).outcome == retry(afterSeconds: 18 * 3600, requestSent: false))
        #expect(decide(200, attempt: 0, isProbe: true).outcome == .delivered)
    }

    @Test func theNextTryIsTheLaterOfBoth() {
        let longer = decide(503, retryAfter: "120")
        #expect(longer.outcome == retry(afterSeconds: 120))
        #expect(longer.holdMilliseconds == 120_000)
        #expect(longer.error == "server_error: answered 503 and asked to wait 120 s")
        let shorter = decide(429, attempt: 5, retryAfter: "120")
        #expect(shorter.outcome == retry(afterSeconds: 30 * 60))
        #expect(shorter.holdMilliseconds == 120_000)
    }

    @Test func aHoldOutlivesTheLastAttempt() {
        let decision = decide(429, attempt: 15, retryAfter: "120")
        #expect(decision.outcome == .exhausted(requestSent: true))
        #expect(decision.holdMilliseconds == 120_000)
    }

    @Test(arguments: [200, 301, 400, 404, 410, 500, 502])
    func onlyTwoAnswersMayAskToWait(status: Int) {
        #expect(decide(status, retryAfter: "120").holdMilliseconds == nil)
    }

    @Test(
        arguments: [
            ("0", nil), ("1", 1000), ("86400", 86_400_000), ("86401", 86_400_000),
            ("999999999999999999999999", 86_400_000), (" 7 ", 7000), ("", nil), ("-5", nil), ("5.5", nil),
            ("soon", nil),
            ("Fri, 15 Jan 2027 08:00:10 GMT", 10_000), ("Friday, 15-Jan-27 08:00:10 GMT", 10_000),
            ("Fri Jan 15 08:00:10 2027", 10_000), ("fri, 15 jan 2027 08:00:10 gmt", 10_000),
            ("Fri, 15 Jan 2027 08:00:00 GMT", nil), ("Thu, 14 Jan 2027 08:00:00 GMT", nil),
            ("Sun, 06 Nov 1994 08:49:37 GMT", nil), ("Sunday, 06-Nov-94 08:49:37 GMT", nil),
            ("Wed, 20 Jan 2027 08:00:00 GMT", 86_400_000), ("Fri, 15 Jan 2027 08:00:10", nil),
            ("Fri, 31 Feb 2027 08:00:10 GMT", nil), ("Fri, 15 Jan 2027 24:00:10 GMT", nil),
            ("Fri, 15 Jan 2027 08:00 GMT", nil), ("Fri, 15 Jan 2027 08:00:10 PST", nil), (", , , , ,", nil),
        ] as [(String, Int64?)])
    func retryAfterIsSecondsOrADate(text: String, expected: Int64?) {
        #expect(now.description == "2027-01-15T08:00:00.000Z")
        #expect(RetryAfter.milliseconds(text, now: now) == expected)
    }
}
