import Foundation
import Orders
import TestSupport
import Testing

/// One trace from a reader's request to the house's webhook, in the log of either format.
@Suite(.timeLimit(.hanging)) struct TraceTests {
    private static let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    private static let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-"

    @Test(arguments: ["text", "json"]) func oneTraceGoesFromTheRequestToTheWebhook(format: String) async throws {
        let deployment = try await Deployment()
        let server = try await deployment.program.serve("--log-level", "debug", "--log-format", format)
        let placed = try await deployment.send(
            "POST", server.url + "/v1/orders",
            [("Content-Type", "application/json"), ("traceparent", Self.given), ("X-Request-ID", "the-request")],
            body: Deployment.order())
        #expect(placed.status == 201)
        let webhook = try #require(await deployment.receiver.requests(1).first)
        let header = try #require(webhook.header("traceparent"))
        #expect(header.hasPrefix(Self.trace) && header.hasSuffix("-01") && header != Self.given)

        #expect(await server.terminate() == 0)
        let lines = server.logged.split(separator: "\n").filter { $0.contains(Self.trace) }
        for message in ["request", "committed", "delivered"] {
            #expect(lines.contains { $0.contains(format == "json" ? "\"message\":\"\(message)\"" : ": \(message) ") })
        }
        #expect(lines.contains { $0.contains(header) })
        #expect(lines.count { $0.contains("the-request") } == 2)
        if format == "json" {
            for line in lines {
                let traceparent = try JSONReader.read(Array(line.utf8))["fields"]?["traceparent"]?.stringValue
                #expect(traceparent?.hasPrefix(Self.trace) == true)
            }
        }
        await deployment.stop()
    }
}
