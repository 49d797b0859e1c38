import Foundation
import SQLiteStore
import Synchronization
import TestSupport
import Testing

@testable import Fulfillment
@testable import mailroom

/// What systemd hears, on a real datagram socket.
@Suite(.timeLimit(.hanging)) struct ServiceManagerTests {
    /// Stands where systemd listens.
    private final class Manager: Sendable {
        let descriptor: Int32

        init(_ name: String) {
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.utf8) }
            if name.hasPrefix("@") { address.sun_path.0 = 0 }
            let length = socklen_t(MemoryLayout<sa_family_t>.size + name.utf8.count)
            let code = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
            }
            #expect(code == 0)
        }

        deinit { close(descriptor) }

        /// The next message; waits for it.
        func next() async -> String {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread { [descriptor] in
                    var bytes = [UInt8](repeating: 0, count: 512)
                    let count = recv(descriptor, &bytes, bytes.count, 0)
                    continuation.resume(returning: String(decoding: bytes[..<max(0, count)], as: UTF8.self))
                }
            }
        }
    }

    @Test func aMessageReachesAPathAndAnAbstractName() async throws {
        let folder = try TemporaryFolder()
        for name in [folder.path + "/notify", "@mailroom-\(UUID().uuidString)"] {
            let manager = Manager(name)
            let ours = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": name]))
            #expect(ours.tell("READY=1", "STATUS=taking orders"))
            #expect(await manager.next() == "READY=1\nSTATUS=taking orders")
        }
    }

    @Test func withoutAManagerNothingIsToldAndNothingFails() throws {
        #expect(ServiceManager(environment: [:]) == nil)
        #expect(ServiceManager(environment: ["NOTIFY_SOCKET": "relative"]) == nil)
        let gone = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": "/nowhere/notify"]))
        #expect(!gone.tell("READY=1"))
    }

    @Test func aWatchdogThatIsMeantForAnotherProcessIsNotOurs() {
        func milliseconds(_ more: [String: String]) -> Int64? {
            ServiceManager(environment: ["NOTIFY_SOCKET": "/n"].merging(more) { $1 })?.watchdogMilliseconds
        }
        #expect(milliseconds([:]) == nil)
        #expect(milliseconds(["WATCHDOG_USEC": "30000000"]) == 30_000)
        #expect(milliseconds(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "\(getpid())"]) == 30_000)
        #expect(milliseconds(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"]) == nil)
    }

    @Test func theDogIsFedWhileEverythingAnswersAlsoWhenItRefuses() async throws {
        let name = "@mailroom-\(UUID().uuidString)"
        let manager = Manager(name)
        let ours = try #require(
            ServiceManager(environment: ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "30000000"]))
        let finding = Mutex(LifeSign.Finding.well)
        let clock = FakeClock()
        let sign = LifeSign { finding.withLock { $0 } }
        let watchdog = Watchdog(manager: ours, signs: [sign], clock: clock)
        let running = Task { try await watchdog.run() }
        #expect(await manager.next() == "WATCHDOG=1\nSTATUS=taking orders")
        await clock.sleepers(1)
        finding.withLock { $0 = .stuck("the relay's last round was 31 s ago") }
        clock.advance(seconds: 10)
        #expect(await manager.next() == "STATUS=the relay's last round was 31 s ago")
        await clock.sleepers(1)
        finding.withLock { $0 = .refusing("the database does not take a write") }
        clock.advance(seconds: 10)
        #expect(
            await manager.next() == "WATCHDOG=1\nSTATUS=not taking orders: the database does not take a write")
        await clock.sleepers(1)
        finding.withLock { $0 = .well }
        clock.advance(seconds: 10)
        #expect(await manager.next() == "WATCHDOG=1\nSTATUS=taking orders")
        running.cancel()
        _ = await running.result
        #expect(await manager.next() == "STOPPING=1\nSTATUS=stopping")
    }

    @Test func theServicesOwnSignsTellARefusalFromAHang() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/orders.db"
        _ = try OrderDatabase.migrate(path: path)
        let database = try OrderDatabase.open(path: path, queueLimit: 10)
        let (heartbeat, clock) = (RelayHeartbeat(), FakeClock())
        let signs = LifeSign.all(store: database, heartbeat: heartbeat, clock: clock)
        func findings() async -> [LifeSign.Finding] {
            var found: [LifeSign.Finding] = []
            for sign in signs { found.append(await sign.look()) }
            return found
        }
        #expect(await findings() == [.well, .stuck("the relay has not made a round yet"), .well])
        heartbeat.beat(uptimeMilliseconds: clock.uptimeMilliseconds)
        #expect(await findings() == [.well, .well, .well])
        await database.close()
        #expect(await findings() == [.refusing("the database does not take a write"), .well, .well])
        clock.advance(seconds: 31)
        #expect(await findings()[1] == .stuck("the relay's last round was 31 s ago"))
    }
}
