import CCurl
import Dispatch
package import Fulfillment

/// Sends requests with libcurl: its multi handle lives on one serial queue, and only there.
///
/// Nothing runs and nothing wakes while no request is in flight.
package final class CurlTransport: WebhookTransport {
    private let mailbox = Mailbox()

    /// - Parameter maximumInFlight: further requests wait their turn, before their time-outs begin.
    package convenience init(maximumInFlight: Int, userAgent: String) throws(CurlUnavailable) {
        try self.init(maximumInFlight: maximumInFlight, userAgent: userAgent, perform: curl_multi_perform)
    }

    /// - Parameter perform: stands for `curl_multi_perform`, so that a test can make it fail.
    init(
        maximumInFlight: Int, userAgent: String, perform: @escaping CurlLoop.Perform
    ) throws(CurlUnavailable) {
        try Curl.require()
        // Kept on one serial queue for good: the loop and all of libcurl's handles are born and die in this closure.
        DispatchQueue(label: "mailroom.curl").async { [mailbox] in
            CurlLoop(
                mailbox: mailbox, maximumInFlight: max(1, maximumInFlight), userAgent: userAgent, perform: perform
            ).run()
        }
    }

    deinit { mailbox.stop(nil) }

    package func post(_ request: WebhookRequest) async throws(TransportError) -> WebhookResponse {
        let ticket = Ticket()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { mailbox.submit(Post(request: request, ticket: ticket, answer: $0)) }
        } onCancel: {
            ticket.cancel()
            mailbox.wake()
        }
        return try result.get()
    }

    /// Takes no more requests, lets those in flight finish within their own time-outs, and frees every handle.
    package func stop() async {
        await withCheckedContinuation { mailbox.stop($0) }
    }
}
