import HTTPTypes
import Orders
import TestSupport
import Testing

@testable import Web

struct HealthTests {
    @Test func aLivingProcessSaysSo() async throws {
        try await Desk.open { desk in
            let answer = try await desk.get("/livez")
            #expect(answer.status == 200)
            #expect(answer.body == #"{"status":"pass"}"#)
        }
    }

    @Test func readyMeansThatEveryCheckPasses() async throws {
        let checks = [NamedCheck(name: "database") { .pass }, NamedCheck(name: "disk") { .pass }]
        try await Desk.open(readiness: checks) { desk in
            let answer = try await desk.get("/readyz")
            #expect(answer.status == 200)
            #expect(
                answer.body
                    == #"{"status":"pass","checks":[{"name":"database","status":"pass"},"#
                    + #"{"name":"disk","status":"pass"}]}"#)
        }
    }

    @Test func oneFailedCheckIsNamedAndAnswers503() async throws {
        let checks = [NamedCheck(name: "database") { .pass }, NamedCheck(name: "disk") { .fail("3 MiB left") }]
        try await Desk.open(readiness: checks) { desk in
            let answer = try await desk.get("/readyz")
            #expect(answer.status == 503)
            #expect(answer.headers[.retryAfter] == "5")
            #expect(
                answer.body
                    == #"{"status":"fail","checks":[{"name":"database","status":"pass"},"#
                    + #"{"name":"disk","status":"fail","detail":"3 MiB left"}]}"#)
        }
    }

    @Test func aCheckThatHangsFailsAfterTwoSecondsAndIsNotStartedAgain() async throws {
        let started = Log<Int>()
        let never = Gate()
        let disk = NamedCheck(name: "disk") {
            started.add(1)
            await never.wait()
            return .pass
        }
        try await Desk.open(readiness: [disk]) { desk in
            for _ in 1...2 {
                async let asked = desk.get("/readyz")
                await desk.clock.settled()
                desk.clock.advance(milliseconds: 2000)
                let answer = try await asked
                #expect(answer.status == 503)
                #expect(answer.body.contains(#""detail":"gave no answer within 2 s""#))
            }
            #expect(started.entries.count == 1)
            never.open()
        }
    }

    @Test func whoeverAsksWithinASecondGetsTheSameResult() async throws {
        let runs = Log<Int>()
        let check = NamedCheck(name: "database") {
            runs.add(1)
            return .pass
        }
        try await Desk.open(readiness: [check]) { desk in
            for (pause, expected) in [(0, 1), (0, 1), (999, 1), (1, 2)] as [(Int64, Int)] {
                desk.clock.advance(milliseconds: pause)
                let status = try await desk.get("/readyz").status
                #expect(status == 200)
                #expect(runs.entries.count == expected)
            }
        }
    }

    @Test func aStoreThatIsClosingAnswersBusy() async throws {
        try await Desk.open { desk in
            await desk.closeStore()
            let answer = try await desk.post("/v1/orders", Desk.form())
            #expect(answer.status == 503)
            #expect(answer.problem == "unavailable")
            #expect(answer.headers[.retryAfter] == "1")
        }
    }
}
