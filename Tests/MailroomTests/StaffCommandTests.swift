import Foundation
import Orders
import TestSupport
import Testing

@testable import mailroom

/// `mailroom staff`, with the real program: without a server in the file, with one through its socket.
@Suite(.timeLimit(.hanging)) struct StaffCommandTests {
    private let program: MailroomProgram

    init() throws { program = try MailroomProgram() }

    private func staff(_ arguments: String..., input: String? = nil) throws -> MailroomProgram.Ended {
        try program.run(["staff"] + arguments, environment: [:], input: input)
    }

    private func state(of name: String) throws -> JSONValue? {
        let listed = try staff("list", "--json").output
        return try JSONReader.read(Array(listed.utf8))["data"]?.arrayValue?.first { $0["name"]?.stringValue == name }
    }

    /// The same with and without a server.
    private func accountsAreKept() throws {
        let added = try staff("add", "Kim@Example.org", "--role", "admin", input: "correct horse battery\n")
        #expect(added.status == 0 && added.output == "kim may sign in.\n", "\(added.errors)")
        let made = try staff("add", "lee@example.org", "--role", "viewer", "--name", "lee-2", "--generate")
        #expect(made.output.wholeMatch(of: /([a-z2-9]{4}-){3}[a-z2-9]{4}\n/) != nil, "\(made.output)\(made.errors)")
        #expect(try state(of: "kim")?["email"]?.stringValue == "kim@example.org")
        #expect(try state(of: "lee-2")?["role"]?.stringValue == "viewer")

        let twin = try staff("add", "kim@example.org", "--name", "other", "--generate")
        #expect(twin.status == 65 && twin.output.isEmpty)
        #expect(try staff("add", "sam@example.org", input: "too short\n").status == 65)
        #expect(try staff("add", "sam@example.org", input: "").errors.contains("--generate"))
        #expect(try staff("add", "no address", "--generate").status == 65)
        let boss = try staff("add", "sam@example.org", "--role", "boss", "--generate")
        #expect(boss.status == 64 && boss.errors.contains("viewer"), "\(boss.errors)")
        #expect(try state(of: "sam") == nil)

        #expect(try staff("disable", "kim@example.org").output == "kim is disabled.\n")
        #expect(try state(of: "kim")?["disabled_at"]?.stringValue != nil)
        #expect(try staff("disable", "kim").status == 66)
        #expect(try staff("disable", "nobody").status == 66)
        #expect(try staff("reset", "kim", "--generate").output.count == 20)
        #expect(try state(of: "kim")?["disabled_at"]?.stringValue == nil)
        #expect(try staff("reset", "lee@example.org", input: "another good password").status == 0)
        #expect(try staff("reset", "nobody", "--generate").status == 66)
    }

    @Test func accountsAreKeptInTheFileWhenNoServerRuns() throws {
        #expect(try program.run("migrate").status == 0)
        try accountsAreKept()
        let file = try Data(contentsOf: URL(fileURLWithPath: program.path("mailroom.db")))
        #expect(file.range(of: Data("correct horse battery".utf8)) == nil)
        #expect(file.range(of: Data("scrypt$15$8$3$".utf8)) != nil)
    }

    @Test func accountsAreKeptThroughTheSocketWhileAServerRuns() async throws {
        #expect(try program.run("migrate").status == 0)
        let running = try await program.start(
            "serve", "--http-port", "0", "--json", "--fulfillment-url", "http://127.0.0.1:9/", "--fulfillment-secrets",
            Samples.secret, "--inbound-secrets", Samples.secret, until: "\"ready\":true")
        try accountsAreKept()
        #expect(await running.stop() == 0)
    }
}
