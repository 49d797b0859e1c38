import CurlTransport
import Foundation
import Fulfillment
import Orders
import TestSupport
import Testing

@testable import mailroom

/// `top` against a running server.
@Suite(.serialized, .timeLimit(.hanging)) struct TopTests {
    private let program: MailroomProgram

    init() throws { program = try MailroomProgram() }

    @Test func withoutAServerItSaysSo() throws {
        _ = try program.run("migrate")
        let ended = try program.run("top")
        #expect(ended.status == 69 && ended.errors.contains("mailroom doctor"))
    }

    @Test func aRunningServerIsShownOnceWhenNobodyWatches() async throws {
        _ = try program.run("migrate")
        _ = try program.run("catalog", "import", Samples.repository.appending(path: "Config/catalog.csv").path)
        let server = try await program.start(
            "serve", "--json", "--http-port", "0", "--metrics-port", "0", "--fulfillment-url", "http://127.0.0.1:9/",
            "--fulfillment-secrets", Samples.secret, "--inbound-secrets", Samples.secret, until: "ready")
        let ready = try JSONReader.read(Array(await server.line(with: "ready").utf8))
        let url = try #require(ready["url"]?.stringValue)
        let client = try CurlTransport(maximumInFlight: 1, userAgent: "test")
        let body = """
            {"items":[{"sku":"FSAC-NET-EN","quantity":5}],"ship_to":{"name":"Sample Reader","line1":"1 Example Street",\
            "city":"Springfield","region":"IL","postal_code":"62701","country":"US"}}
            """
        let placed = try await client.post(
            WebhookRequest(
                url: url + "/v1/orders", headers: [(name: "Content-Type", value: "application/json")],
                body: Array(body.utf8)))
        let number = try #require(try JSONReader.read(placed.body)["number"]?.stringValue)

        let text = try program.run("top")
        #expect(text.status == 0)
        for part in ["ready", "1 in the last minute", "fulfillment", "placed", number] {
            #expect(text.output.contains(part), "\(part)")
        }
        #expect(!text.output.contains("\u{1B}") && !text.output.contains("Sample Reader"))
        let once = try program.run("top", "--once", "--json")
        #expect(once.status == 0)
        let json = try JSONReader.read(Array(once.output.utf8))
        #expect(json["ready"]?.boolValue == true && json["orders"]?["placed"]?.intValue == 1)
        #expect(json["last_hour"]?["value"]?.intValue == 1)
        let listed = try program.run("orders", "list")
        #expect(listed.output.contains(number) && listed.output.firstMatch(of: /PLACED E[SD]T/) != nil)
        let narrow = try program.run(["orders", "list"], environment: ["COLUMNS": "80"])
        #expect(narrow.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        #expect(await server.stop() == 0)
    }

    /// Another program holds SQLite's lock, so the database takes no write: all is shown as ever, and the code tells.
    @Test func aServerThatIsNotReadyIsShownAndEndsWith69() async throws {
        _ = try program.run("migrate")
        let server = try await program.start(
            "serve", "--json", "--http-port", "0", "--metrics-port", "0", "--fulfillment-url", "http://127.0.0.1:9/",
            "--fulfillment-secrets", Samples.secret, "--inbound-secrets", Samples.secret, until: "ready")
        let script = """
            import sqlite3, sys
            database = sqlite3.connect(sys.argv[1], isolation_level=None)
            database.execute("BEGIN IMMEDIATE")
            print("held", flush=True)
            sys.stdin.read()
            """
        let holder = Process()
        holder.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        holder.arguments = ["python3", try program.write(script, to: "holder.py"), program.path("mailroom.db")]
        let (input, output) = (Pipe(), Pipe())
        holder.standardInput = input
        holder.standardOutput = output
        try holder.run()
        #expect(output.fileHandleForReading.readData(ofLength: 5) == Data("held\n".utf8))
        let text = try program.run("top", "--once")
        #expect(text.status == 69 && text.output.contains("NOT READY: database"))
        let json = try program.run("top", "--once", "--json")
        #expect(json.status == 69)
        #expect(try JSONReader.read(Array(json.output.utf8))["ready"]?.boolValue == false)
        try input.fileHandleForWriting.close()
        holder.waitUntilExit()
        #expect(await server.stop() == 0)
    }

    /// In a terminal of its own, as a person runs it: it draws, and Ctrl-C gives the screen back.
    @Test func ctrlCGivesTheScreenBack() async throws {
        _ = try program.run("migrate")
        let server = try await program.start(
            "serve", "--json", "--http-port", "0", "--metrics-port", "0", "--fulfillment-url", "http://127.0.0.1:9/",
            "--fulfillment-secrets", Samples.secret, "--inbound-secrets", Samples.secret, until: "ready")
        let script = """
            import os, pty, select, signal, sys
            pid, terminal = pty.fork()
            if pid == 0: os.execv(sys.argv[1], [sys.argv[1], "top", "--interval", "1"])
            seen = b""
            while b"Ctrl-C ends it" not in seen: seen += os.read(terminal, 4096)
            os.write(terminal, b"\\x03")
            while True:
                try: data = os.read(terminal, 4096)
                except OSError: break
                if not data: break
                seen += data
            _, status = os.waitpid(pid, 0)
            print(os.waitstatus_to_exitcode(status), b"\\x1b[?1049h" in seen, b"\\x1b[?1049l" in seen, b"\\x1b[?25h" in seen)
            """
        let path = try program.write(script, to: "terminal.py")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", path,
            URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "mailroom").path,
        ]
        process.currentDirectoryURL = program.folder
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(text == "0 True True True\n")
        #expect(await server.stop() == 0)
    }
}
