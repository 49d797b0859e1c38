import CurlTransport
import Foundation
import Fulfillment
import Orders
import SQLiteStore
import Synchronization
import TestSupport
import Testing

@testable import mailroom

/// `doctor` against a real file, a real port and a real server; each fault must be named by its check, with its mend.
@Suite(.timeLimit(.hanging)) struct DoctorTests {
    private let program: MailroomProgram
    private let transport: CurlTransport

    init() throws {
        program = try MailroomProgram()
        transport = try CurlTransport(maximumInFlight: 2, userAgent: "test")
    }

    private func healthySettings(house: String) -> [String: String] {
        [
            "MAILROOM_DATABASE_URL": "sqlite:\(program.path("mailroom.db"))", "MAILROOM_FULFILLMENT_URL": house,
            "MAILROOM_FULFILLMENT_SECRETS": Samples.secret, "MAILROOM_INBOUND_SECRETS": Samples.secret,
            "MAILROOM_ORGANIZATION_NAME": "Own", "MAILROOM_ORGANIZATION_EMAIL": "own@example.org",
            "MAILROOM_ORGANIZATION_PHONE": "+1 202-555-0100",
        ]
    }

    private func examine(
        _ settings: [String: String], clock: any Clock = SystemClock(), isSynchronized: Bool? = true,
        freeBytes: Int64? = 1 << 40
    ) async -> [String: Diagnosis] {
        let doctor = Doctor(
            sources: SettingSources(environment: settings), transport: transport, clock: clock,
            isClockSynchronized: { isSynchronized }, freeBytes: { _ in freeBytes })
        let found = await doctor.examine()
        #expect(found.map(\.name) == Doctor.names)
        for one in found where one.verdict == .fail || one.verdict == .warn {
            #expect(one.mend?.isEmpty == false, "\(one.name)")
        }
        return Dictionary(found.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }

    @Test func aHealthyInstallationPassesAndTheHouseGetsNoRequest() async throws {
        _ = try program.run("migrate")
        _ = try program.run("backup", "copy.db")
        let house = try await Receiver { _, _ in .ok }
        let found = await examine(healthySettings(house: house.url))
        for name in ["settings", "database", "backup", "deliveries", "endpoint", "clock", "disk"] {
            #expect(found[name]?.verdict == .pass, "\(name): \(found[name]?.detail ?? "")")
        }
        #expect(found["server"]?.verdict == .warn && found["proxy"]?.verdict == .warn)
        // The control: a request is seen, and it is the first.
        _ = try await transport.post(WebhookRequest(url: house.url, body: Array("x".utf8)))
        let request = await house.requests(1)[0]
        #expect(request.body == Array("x".utf8))
        try await house.close()
    }

    @Test func everyFaultIsNamedByItsCheck() async throws {
        let nobody = "http://127.0.0.1:9/hook"
        var found = await examine(healthySettings(house: nobody))
        #expect(found["database"]?.mend?.contains("mailroom migrate") == true)
        #expect(found["deliveries"]?.verdict == .skip)
        #expect(found["endpoint"]?.verdict == .fail && found["endpoint"]?.detail.contains("connect") == true)

        _ = try program.run("migrate")
        chmod(program.path("mailroom.db"), 0o644)
        found = await examine(healthySettings(house: nobody), isSynchronized: false, freeBytes: 1 << 20)
        #expect(found["database"]?.mend?.hasPrefix("chmod 600") == true)
        #expect(found["clock"]?.verdict == .warn && found["disk"]?.verdict == .fail)
        found = await examine(healthySettings(house: nobody), isSynchronized: nil, freeBytes: 128 << 20)
        #expect(found["clock"]?.verdict == .warn && found["disk"]?.verdict == .warn)

        var settings = healthySettings(house: nobody)
        settings["MAILROOM_PUBLIC_URL"] = "https://orders.invalid"
        found = await examine(settings)
        #expect(found["proxy"]?.verdict == .fail && found["proxy"]?.mend?.contains("http.trusted.proxies") == true)
        settings["MAILROOM_HTTP_TRUSTED_PROXIES"] = "127.0.0.1/32"
        settings["MAILROOM_FULFILLMENT_URL"] = "https://house.invalid/hook"
        found = await examine(settings)
        #expect(found["proxy"]?.verdict == .warn && found["endpoint"]?.detail.contains("resolve") == true)

        settings["MAILROOM_HTTP_PORT"] = "80a"
        found = await examine(settings)
        #expect(found["settings"]?.verdict == .fail && found["disk"]?.verdict == .skip)
    }

    @Test func whatWaitsAndWhatWasGivenUpIsSeen() async throws {
        _ = try program.run("migrate")
        let path = program.path("mailroom.db")
        let store = try OrderDatabase.open(path: path, queueLimit: 10)
        let order = SampleOrders.order()
        let event = SampleOrders.announcement(of: order)
        _ = try await store.place(order, announcing: event, key: nil)
        let settings = healthySettings(house: "http://127.0.0.1:9/hook")
        let soon = FakeClock(order.placedAt.adding(seconds: 60))
        #expect(await examine(settings, clock: soon)["deliveries"]?.verdict == .pass)
        let late = FakeClock(order.placedAt.adding(seconds: 3600))
        #expect(await examine(settings, clock: late)["deliveries"]?.verdict == .warn)
        let early = FakeClock(order.placedAt.adding(seconds: -3600))
        #expect(await examine(settings, clock: early)["clock"]?.verdict == .fail)

        _ = try await store.setPaused(true, endpoint: "fulfillment", at: order.placedAt)
        #expect(await examine(settings, clock: soon)["deliveries"]?.mend?.contains("resume") == true)
        _ = try await store.setPaused(false, endpoint: "fulfillment", at: order.placedAt)
        let batch = try await store.claim(
            ClaimRequest(endpoint: "fulfillment", limit: 1, now: order.placedAt.adding(seconds: 60)))
        let attempt = DeliveryAttempt(startedAt: order.placedAt, endedAt: order.placedAt, status: 500, error: "500")
        _ = try await store.settle(batch.claims[0], as: .exhausted(requestSent: true), attempt: attempt)
        #expect(await examine(settings, clock: soon)["deliveries"]?.verdict == .fail)
        await store.close()
    }

    @Test func aBackupIsMissedWhenItIsOlderThanADayAndADelay() async throws {
        _ = try program.run("migrate")
        let settings = healthySettings(house: "http://127.0.0.1:9/hook")
        let none = await examine(settings)["backup"]
        #expect(none?.verdict == .warn && none?.mend?.contains("systemctl start mailroom-backup") == true)
        let backup = LastBackup(takenAt: SystemClock().now, backup: "/backups/copy.db")
        try backup.write(besideDatabase: program.path("mailroom.db"))
        func verdict(hoursLater hours: Int64) async -> Diagnosis? {
            await examine(settings, clock: FakeClock(backup.takenAt.adding(seconds: hours * 3600)))["backup"]
        }
        let inTime = await verdict(hoursLater: 26)
        #expect(inTime?.verdict == .pass && inTime?.detail.contains("26 h old: /backups/copy.db") == true)
        let late = await verdict(hoursLater: 27)
        #expect(late?.verdict == .warn && late?.mend?.contains("list-timers") == true)
        let early = await verdict(hoursLater: -3)
        #expect(early?.verdict == .warn && early?.detail.contains("3 h from now") == true)
    }

    @Test func theCommandEndsWithACodeAndPrintsJSON() throws {
        let missing = try program.run("doctor", "--json")
        #expect(missing.status == 78)
        let json = try JSONReader.read(Array(missing.output.utf8))
        #expect(json["status"]?.stringValue == "fail")
        #expect(json["checks"]?.arrayValue?.first?["mend"]?.stringValue?.isEmpty == false)
        let unreachable = try program.run(
            ["doctor"], environment: healthySettings(house: "http://127.0.0.1:9/hook"))
        #expect(unreachable.status == 69)
        #expect(unreachable.output.contains("FAIL  endpoint") && unreachable.output.contains("-> "))
    }
}
