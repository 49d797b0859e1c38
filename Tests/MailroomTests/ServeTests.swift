import CurlTransport
import Foundation
import Fulfillment
import Orders
import TestSupport
import Testing

@testable import mailroom

/// The running server as commands and operators meet it.
@Suite(.timeLimit(.hanging)) struct ServeTests {
    private let program: MailroomProgram
    private let client: CurlTransport

    init() throws {
        program = try MailroomProgram()
        client = try CurlTransport(maximumInFlight: 4, userAgent: "test")
    }

    private func serve() async throws -> (server: RunningProgram, url: String) {
        let server = try await program.start(
            "serve", "--json", "--http-port", "0", "--fulfillment-url", "http://127.0.0.1:9/none",
            "--fulfillment-secrets", Samples.secret, "--inbound-secrets", Samples.secret, until: "ready")
        let ready = try JSONReader.read(Array(await server.line(with: "ready").utf8))
        return (server, try #require(ready["url"]?.stringValue))
    }

    private func get(_ url: String, token: String = "") async throws -> WebhookResponse {
        try await client.post(
            WebhookRequest(method: "GET", url: url, headers: [(name: "Authorization", value: "Bearer \(token)")]))
    }

    @Test func whileAServerRunsCommandsWriteThroughItsSocket() async throws {
        _ = try program.run("migrate")
        let (server, url) = try await serve()
        let token = try program.run("token", "create", "--name", "kim", "--scope", "orders:read").output
            .trimmingCharacters(in: .newlines)
        #expect(try await get(url + "/v1/staff/orders", token: token).status == 200)
        #expect(try program.run("token", "list").output.contains("kim"))

        let sample = Samples.repository.appending(path: "Config/catalog.csv").path
        #expect(try program.run("catalog", "import", sample).output.contains("62 added"))
        let catalog = try await client.post(
            WebhookRequest(method: "GET", url: url + "/v1/catalog", responseLimitBytes: 1 << 20))
        #expect(try JSONReader.read(catalog.body)["data"]?.arrayValue?.count == 62)

        #expect(try program.run("token", "revoke", "kim").status == 0)
        #expect(try await get(url + "/v1/staff/orders", token: token).status == 401)
        #expect(try program.run("token", "revoke", "kim").status == 66)
        #expect(await server.stop() == 0)
    }

    /// What had begun to arrive when the stop came is answered, and the connections hear that it is the last answer.
    @Test func whatIsOnItsWayAtTheStopIsAnswered() async throws {
        _ = try program.run("migrate")
        _ = try program.run("catalog", "import", Samples.repository.appending(path: "Config/catalog.csv").path)
        let (server, url) = try await serve()
        let port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
        let form = Samples.form
        let head = "POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
        let clients = try (0..<20).map { _ in try RawSocket(port: port) }
        for client in clients {
            // Served once, so that it is known to be there.
            client.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(await client.read(until: "}").hasPrefix("HTTP/1.1 200 "))
            client.send(head + "\(form.utf8.count)\r\n\r\n" + form.prefix(10))
        }
        async let status = server.stop()
        // The port refuses when the stop has begun.
        while (try? RawSocket(port: port)) != nil { await Task.yield() }
        for client in clients { client.send(String(form.dropFirst(10))) }
        var last = 0
        for client in clients {
            let answer = await client.rest()
            #expect(answer.hasPrefix("HTTP/1.1 201 "))
            if answer.contains("Connection: close") { last += 1 }
        }
        // Not all of them need have heard of the stop when their body came.
        #expect(last > 0)
        #expect(await status == 0)
        #expect(try program.run("orders", "list", "--json").output.contains("placed"))
    }

    @Test func aStaffTokenIsInNoFile() async throws {
        _ = try program.run("migrate")
        let offline = try program.run("token", "create", "--name", "known-name", "--scope", "admin").output
            .trimmingCharacters(in: .newlines)
        let (server, url) = try await serve()
        let online = try program.run("token", "create", "--name", "other-name", "--scope", "admin").output
            .trimmingCharacters(in: .newlines)
        #expect(try await get(url + "/v1/staff/orders", token: offline).status == 200)
        #expect(try await get(url + "/v1/staff/orders", token: online).status == 200)
        func files() throws -> [Data] {
            try FileManager.default.contentsOfDirectory(at: program.folder, includingPropertiesForKeys: nil)
                .filter { $0.lastPathComponent.hasPrefix("mailroom.db") && !$0.lastPathComponent.hasSuffix(".sock") }
                .map { try Data(contentsOf: $0) }
        }
        for isRunning in [true, false] {
            if !isRunning { #expect(await server.stop() == 0) }
            for token in [offline, online] {
                // Neither as it is shown nor as its bytes.
                let bytes = try #require(Base64URL.decode(String(token.dropFirst("mrt_".count))))
                for needle in [Data(token.utf8), Data(token.dropFirst(4).utf8), Data(bytes)] {
                    #expect(try !files().contains { $0.range(of: needle) != nil })
                }
            }
            // The control: what is kept as it is, is found.
            for name in ["known-name", "other-name"] {
                #expect(try files().contains { $0.range(of: Data(name.utf8)) != nil })
            }
        }
    }

    @Test func aSecondWriterIsTurnedAwayAndToldToTryLater() async throws {
        _ = try program.run("migrate")
        let (server, _) = try await serve()
        #expect(try program.run("migrate").status == 75)
        let second = try program.run(
            "serve", "--http-port", "0", "--fulfillment-url", "http://127.0.0.1:9", "--fulfillment-secrets",
            Samples.secret, "--inbound-secrets", Samples.secret)
        #expect(second.status == 75)
        #expect(await server.stop(SIGINT) == 0)
        #expect(try program.run("migrate").status == 0)
    }

    @Test func onlyItsOwnerMayOpenTheSocketAndItIsGoneAfterwards() async throws {
        _ = try program.run("migrate")
        let (server, _) = try await serve()
        let socket = program.path("mailroom.db.sock")
        let mode = try FileManager.default.attributesOfItem(atPath: socket)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(await server.stop() == 0)
        #expect(!FileManager.default.fileExists(atPath: socket))
    }

    @Test func whatAKilledServerLeavesStopsNobody() async throws {
        _ = try program.run("migrate")
        let (killed, _) = try await serve()
        #expect(await killed.stop(SIGKILL) == SIGKILL)
        #expect(FileManager.default.fileExists(atPath: program.path("mailroom.db.sock")))
        #expect(try program.run("token", "create", "--name", "kim", "--scope", "admin").status == 0)
        let (server, url) = try await serve()
        #expect(try await get(url + "/readyz").status == 200)
        #expect(await server.stop() == 0)
    }

    @Test func aPortThatIsTakenEndsTheStartWith69() async throws {
        _ = try program.run("migrate")
        let (server, url) = try await serve()
        let other = try MailroomProgram()
        _ = try other.run("migrate")
        let port = try #require(url.split(separator: ":").last).description
        let ended = try other.run(
            "serve", "--http-port", port, "--fulfillment-url", "http://127.0.0.1:9", "--fulfillment-secrets",
            Samples.secret, "--inbound-secrets", Samples.secret)
        #expect(ended.status == 69)
        #expect(ended.errors.contains("cannot listen on 127.0.0.1:\(port): Address already in use"))
        #expect(ended.errors.contains("another port, such as --http-port"))
        #expect(await server.stop() == 0)
    }

    @Test func theDemoTakesAnOrderAllTheWayAndLeavesNothingBehind() async throws {
        let demo = try await program.start("serve", "--demo", "--http-port", "0", "--pace", "0.05", until: "List the")
        let place = try #require(demo.outputLines.first { $0.contains("curl") && $0.contains("tee") })
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", place]
        shell.standardOutput = FileHandle.nullDevice
        try shell.run()
        shell.waitUntilExit()
        #expect(shell.terminationStatus == 0)
        #expect(try await demo.line(with: "delivered, answered").hasSuffix("answered 200"))
        #expect(await demo.stop() == 0)
        let left = try FileManager.default.contentsOfDirectory(atPath: program.folder.path)
        #expect(left.filter { $0.hasPrefix("mailroom-demo") }.isEmpty)
    }
}
