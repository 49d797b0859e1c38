import CurlTransport
import Foundation
import Fulfillment
import TestSupport
import Testing

@Suite(.timeLimit(.hanging))
struct TrustTests {
    private static let openssl = "/usr/bin/openssl"

    private func failure(_ url: String) async throws -> TransportError {
        let transport = try CurlTransport(maximumInFlight: 1, userAgent: "mailroom-test/1")
        return try await #require(throws: TransportError.self) {
            try await transport.post(WebhookRequest(url: url, body: Array("secret".utf8)))
        }
    }

    @Test func aServerWithoutTLSGetsNothing() async throws {
        let receiver = try await Receiver()
        let failure = try await failure("https://127.0.0.1:\(receiver.port)/hook")
        #expect(failure.kind == .tls)
        #expect(!failure.requestSent)
        #expect(receiver.log.entries.isEmpty)
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: openssl)))
    func aCertificateThatNobodyVouchesForGetsNothing() async throws {
        let folder = try TemporaryFolder()
        let (key, certificate) = (folder.path + "/key.pem", folder.path + "/certificate.pem")
        let make = try start([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1",
            "-keyout", key, "-out", certificate,
        ])
        make.process.waitUntilExit()
        let server = try start(["s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key])
        // SIGTERM would not reach it: it was born on a Dispatch thread, which blocks that signal, and inherited this.
        defer { kill(server.process.processIdentifier, SIGKILL) }
        let port = try #require(acceptedPort(server.output))
        let failure = try await failure("https://127.0.0.1:\(port)/hook")
        #expect(failure.kind == .tlsSelfSigned)
        #expect(!failure.requestSent)
    }

    private func start(_ arguments: [String]) throws -> (process: Process, output: Pipe) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.openssl)
        process.arguments = arguments
        let output = Pipe()
        process.standardInput = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        return (process, output)
    }

    /// From the server's line `ACCEPT 127.0.0.1:40123`.
    private func acceptedPort(_ output: Pipe) -> Int? {
        var text = ""
        while true {
            let bytes = output.fileHandleForReading.availableData
            if bytes.isEmpty { return nil }
            text += String(decoding: bytes, as: UTF8.self)
            for line in text.split(separator: "\n").dropLast(text.hasSuffix("\n") ? 0 : 1)
            where line.hasPrefix("ACCEPT ") {
                return line.split(separator: ":").last.flatMap { Int($0) }
            }
        }
    }
}
