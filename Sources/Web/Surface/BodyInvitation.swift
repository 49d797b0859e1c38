import HTTPTypes
import Hummingbird
import NIOCore

/// Asks for a body whose client waits to be asked (`Expect: 100-continue`, RFC 9110, 10.1.1), at the moment it is read:
/// what is refused by its head is never sent.
struct BodyInvitation: RouterMiddleware {
    typealias Context = WebContext

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        guard let expected = request.headers[.expect], expected.lowercased() == "100-continue" else {
            return try await next(request, context)
        }
        var request = request
        request.body = RequestBody(asyncSequence: InvitedBody(body: request.body, channel: context.channel))
        return try await next(request, context)
    }
}

/// The body of the present request is wanted.
struct AskForBody: Sendable {}

private struct InvitedBody: AsyncSequence, Sendable {
    let body: RequestBody
    let channel: any Channel

    struct AsyncIterator: AsyncIteratorProtocol {
        let body: RequestBody
        let channel: any Channel
        private var pieces: RequestBody.AsyncIterator?

        init(body: RequestBody, channel: any Channel) {
            self.body = body
            self.channel = channel
        }

        mutating func next() async throws -> ByteBuffer? {
            if pieces == nil {
                channel.triggerUserOutboundEvent(AskForBody(), promise: nil)
                pieces = body.makeAsyncIterator()
            }
            return try await pieces?.next()
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: body, channel: channel) }
}
