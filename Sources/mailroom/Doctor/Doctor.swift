import CurlTransport
import Foundation
import Fulfillment
import Orders
import SQLiteStore

/// Looks at an installation from outside, with or without a running server: reads the settings and the file, asks the
/// running server how it is, and opens a connection to the house and to our own public address without sending anything.
struct Doctor: Sendable {
    let sources: SettingSources
    let transport: any WebhookTransport
    let clock: any Clock
    /// The kernel's word on whether the clock is kept right.
    var isClockSynchronized: @Sendable () -> Bool? = MachineClock.isSynchronized
    /// The free bytes of the disk that a path is on.
    var freeBytes: @Sendable (_ path: String) -> Int64? = { DiskSpace(beside: $0)?.freeBytes }

    static let names = ["settings", "database", "backup", "server", "deliveries", "endpoint", "proxy", "clock", "disk"]

    func examine() async -> [Diagnosis] {
        let verdict = judgeSettings()
        var found = [verdict]
        // Without the secrets most can be looked at all the same.
        guard let settings = try? Settings(SettingValues(sources, for: .command)) else {
            return found + Self.names.dropFirst().map { .skip($0, "needs settings that can be read") }
        }
        let (file, view) = await look(into: settings.databasePath)
        found.append(file)
        found.append(backup(settings.databasePath))
        found.append(await server(settings))
        found.append(deliveries(view))
        found.append(await endpoint(settings))
        found.append(await proxy(settings))
        found.append(clockVerdict(view))
        found.append(disk(settings.databasePath))
        return found
    }

    private func judgeSettings() -> Diagnosis {
        let values: SettingValues
        do {
            values = try SettingValues(sources, for: .serve)
        } catch {
            let lines = error.problems.map(\.text) + error.warnings.map { "warning: " + $0 }
            return .fail(
                "settings", lines.joined(separator: "\n"),
                mend: "correct what is named; Config/mailroom.yaml describes every setting")
        }
        guard values.warnings.isEmpty else {
            return .warn(
                "settings", values.warnings.joined(separator: "\n"), mend: "correct or remove these variables")
        }
        let samples = ["organization.name", "organization.email", "organization.phone"].filter {
            values.values[$0]?.origin == .builtIn
        }
        guard samples.isEmpty else {
            return .warn(
                "settings", "all readable; \(samples.joined(separator: ", ")) still have their sample values",
                mend: "set them: readers see them on their status pages")
        }
        return .pass("settings", "all readable, nothing missing")
    }

    // MARK: The file

    /// What the file says about the rest.
    private struct View: Sendable {
        let newestOrderAt: Timestamp?
        let endpoints: [Endpoint]
        let exhausted: CappedCount
        let kept: CappedCount
    }

    private func look(into path: String) async -> (Diagnosis, View?) {
        let database: OrderDatabase
        do {
            database = try OrderDatabase.openReadOnly(path: path)
        } catch {
            return (.fail("database", "\(path) cannot be used", mend: error.message), nil)
        }
        let view = try? await Self.view(of: database)
        await database.close()
        guard let view else {
            return (
                .fail(
                    "database", "\(path) opens, and cannot be read through",
                    mend: "run `mailroom verify`, and restore a backup if it is damaged"),
                nil
            )
        }
        guard let facts = FileFacts(path) else {
            return (.fail("database", "\(path) is gone", mend: "look for it"), view)
        }
        if facts.mode & 0o077 != 0 {
            return (
                .fail(
                    "database", "others on this machine may read or write \(path), which holds addresses",
                    mend: "chmod 600 \(path)*"), view
            )
        }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        if access(path, W_OK) != 0 || access(folder, W_OK) != 0 {
            return (
                .fail(
                    "database", "this user may not write \(path) and its folder",
                    mend: "run as the service's user, or give it the folder: chown mailroom \(folder)"), view
            )
        }
        return (.pass("database", "\(path), \(facts.bytes >> 20) MiB, of this version"), view)
    }

    private static func view(of database: OrderDatabase) async throws -> View {
        var newest = OrderQuery()
        newest.limit = 1
        var exhausted = DeliveryQuery()
        exhausted.states = [.exhausted]
        exhausted.limit = 1
        var kept = InboundUpdateQuery()
        kept.matched = false
        kept.limit = 1
        return View(
            newestOrderAt: try await database.orders(newest).summaries.first?.placedAt,
            endpoints: try await database.endpoints(), exhausted: try await database.deliveries(exhausted).count,
            kept: try await database.inboundUpdates(kept).count)
    }

    /// What is noted beside the database, also when the database itself is damaged or gone.
    private func backup(_ path: String) -> Diagnosis {
        let mend =
            "make one now: systemctl start mailroom-backup (from a clone: mailroom backup --to-dir DIR); then look at its "
            + "timer: systemctl list-timers"
        guard let last = LastBackup.read(besideDatabase: path) else {
            return .warn("backup", "none is known of beside \(path)", mend: mend)
        }
        let age = clock.now.milliseconds - last.takenAt.milliseconds
        guard age >= -60_000 else {
            return .warn(
                "backup",
                "the last one is dated \(TimeSpan.text(milliseconds: -age)) from now: the clock was ahead, or is behind",
                mend: "set the clock right, and make one now: systemctl start mailroom-backup")
        }
        let what = "the last one is \(TimeSpan.text(milliseconds: age)) old: \(last.backup)"
        return age <= LastBackup.longestAgeMilliseconds ? .pass("backup", what) : .warn("backup", what, mend: mend)
    }

    private static let longestWaitMilliseconds: Int64 = 15 * 60_000

    private func deliveries(_ view: View?) -> Diagnosis {
        guard let view else { return .skip("deliveries", "needs the database") }
        if view.exhausted.value > 0 {
            return .fail(
                "deliveries", "\(view.exhausted.value) were given up after the last attempt",
                mend: "when the house takes deliveries again, redeliver them; Deploy/RUNBOOK.md says how")
        }
        for endpoint in view.endpoints where endpoint.pending > 0 || endpoint.state == .paused {
            if endpoint.state == .paused {
                return .fail(
                    "deliveries", "\(endpoint.name) is paused, and \(endpoint.pending) deliveries wait",
                    mend: "resume it once the house is ready: POST /v1/staff/endpoints/\(endpoint.name)/resume")
            }
            let age = endpoint.oldestPendingAt.map { clock.now.milliseconds - $0.milliseconds } ?? 0
            if age > Self.longestWaitMilliseconds {
                return .warn(
                    "deliveries",
                    "\(endpoint.name) is \(endpoint.state.rawValue); \(endpoint.pending) wait, the oldest for \(TimeSpan.text(milliseconds: age))",
                    mend: "ask the house; nothing is lost, and all of it goes out when it answers again")
            }
        }
        if view.kept.value > 0 {
            return .warn(
                "deliveries", "\(view.kept.value) messages of the house fit no order",
                mend: "match or dismiss them: GET /v1/staff/updates?matched=false")
        }
        let waiting = view.endpoints.reduce(0) { $0 + $1.pending }
        return .pass("deliveries", waiting == 0 ? "nothing waits" : "\(waiting) wait, none for long")
    }

    // MARK: The server

    private func server(_ settings: Settings) async -> Diagnosis {
        guard let socket = try? UnixSocket(besideDatabase: settings.databasePath) else {
            return .fail(
                "server", "the database's name is too long for a socket, or its folder cannot be opened",
                mend: "give database.url a shorter path")
        }
        guard socket.isAnswered else {
            return .warn(
                "server", "none runs on this database",
                mend: "start it: systemctl start mailroom (from a clone: mailroom serve)")
        }
        var request = WebhookRequest(method: "GET", url: "http://localhost/readyz")
        request.unixSocketPath = socket.address
        guard let answer = try? await transport.post(request) else {
            return .fail("server", "it runs, and does not answer", mend: "look into its log, and restart it")
        }
        guard answer.status != 200 else { return .pass("server", "runs and is ready") }
        let checks = (try? JSONReader.read(answer.body))?["checks"]?.arrayValue ?? []
        let failing = checks.compactMap { check in check["detail"]?.stringValue }
        return .fail("server", "is not ready: \(failing.joined(separator: "; "))", mend: "look into its log")
    }

    // MARK: Connections

    /// Opens a connection, with TLS when the address says so, and sends nothing over it.
    /// - Returns: nil when it can be reached.
    private func trouble(reaching url: String) async -> TransportError? {
        var request = WebhookRequest(method: "GET", url: url)
        request.onlyConnects = true
        request.timeoutMilliseconds = 8_000
        do {
            _ = try await transport.post(request)
            return nil
        } catch {
            return error
        }
    }

    private func endpoint(_ settings: Settings) async -> Diagnosis {
        guard let url = settings.house.url, let address = WebAddress(url) else {
            return .skip("endpoint", "fulfillment.url is not set")
        }
        guard let trouble = await trouble(reaching: url) else {
            return .pass(
                "endpoint", "\(address.host) takes connections" + (address.scheme == "https" ? " over TLS" : ""))
        }
        return .fail("endpoint", "\(address.host): \(Self.what(trouble))", mend: Self.mend(trouble.kind))
    }

    private static func what(_ error: TransportError) -> String { "\(error.kind.rawValue), \(error.detail)" }

    private static func mend(_ kind: TransportError.Kind) -> String {
        switch kind {
        case .resolve, .resolveTimeout: "check the name in fulfillment.url, and /etc/resolv.conf"
        case .tls, .tlsExpired, .tlsNotYetValid, .tlsWrongHost, .tlsSelfSigned, .tlsUntrusted:
            "check the house's certificate; the package ca-certificates must be installed, and the clock be right"
        case .connect, .connectRefused, .connectTimeout, .tlsTimeout:
            "check that the house is up, and that a firewall lets this machine out to it"
        default: "try it with: curl -v"
        }
    }

    private func proxy(_ settings: Settings) async -> Diagnosis {
        guard let address = WebAddress(settings.publicURL) else { return .skip("proxy", "public.url cannot be read") }
        if address.isLoopback {
            return .warn(
                "proxy",
                settings.doubts.first
                    ?? "public.url is \(settings.publicURL): the links in answers work on this machine only",
                mend: "set public.url to what readers type, and put a proxy with TLS before the service")
        }
        if settings.http.trustedProxies.isEmpty {
            return .fail(
                "proxy",
                "public.url is not on this machine, and http.trusted.proxies is empty: all readers share one address and its limits",
                mend: "name the proxy's address in http.trusted.proxies, such as 127.0.0.1/32")
        }
        if let trouble = await trouble(reaching: settings.publicURL) {
            return .warn(
                "proxy", "\(address.host) cannot be reached from here: \(Self.what(trouble))",
                mend:
                    "check the proxy and its certificate; some networks do not let a machine reach its own public address"
            )
        }
        return .pass(
            "proxy",
            "\(address.host) takes connections; \(settings.http.trustedProxies.count) proxy ranges are believed")
    }

    // MARK: The machine

    private func clockVerdict(_ view: View?) -> Diagnosis {
        let now = clock.now
        if let newest = view?.newestOrderAt, newest.milliseconds > now.milliseconds + 60_000 {
            return .fail(
                "clock",
                "the newest order was placed \(TimeSpan.text(milliseconds: newest.milliseconds - now.milliseconds)) from now: the clock was ahead, or is behind",
                mend: "set the clock right before anything else: timedatectl status")
        }
        switch isClockSynchronized() {
        case true?: return .pass("clock", "\(now), kept right by the system")
        case false?:
            return .warn(
                "clock", "\(now), and nothing keeps it right; signatures fail when it is off by five minutes",
                mend: "systemctl enable --now systemd-timesyncd (or chrony)")
        case nil:
            return .warn(
                "clock", "\(now); the system does not say whether it is kept right", mend: "timedatectl status")
        }
    }

    private func disk(_ path: String) -> Diagnosis {
        guard let free = freeBytes(path) else {
            return .fail("disk", "the free space beside \(path) cannot be read", mend: "check that its folder is there")
        }
        let mebibytes = "\(free >> 20) MiB free"
        let size = FileFacts(path)?.bytes ?? 0
        if free < ReadinessChecks.leastFreeBytes {
            return .fail(
                "disk",
                "\(mebibytes): /readyz fails below \(ReadinessChecks.leastFreeBytes >> 20) MiB, so a proxy that asks it turns readers away; with nothing left orders get 503",
                mend: "make room")
        }
        if free < size + 4 * ReadinessChecks.leastFreeBytes {
            return .warn(
                "disk", "\(mebibytes): not enough for a copy of the database",
                mend: "make room before the next backup or migration")
        }
        return .pass("disk", mebibytes)
    }
}
