import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1

/// Answers what the parser refuses before there is a request: the framework's own answer has no body.
///
/// Answers that are still owed to earlier requests of the connection go first. A body whose framing is broken is the
/// business of whoever reads it; nothing more is read after it.
final class MalformedRequests: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let line: RequestLineLength
    private let logger: Logger
    /// Requests whose answer is not complete.
    private var owed = 0
    private var isInRequest = false
    private var failure: HTTPParserError?
    private var isOver = false

    init(line: RequestLineLength, logger: Logger) {
        self.line = line
        self.logger = logger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head:
            owed += 1
            isInRequest = true
        case .body: break
        case .end:
            isInRequest = false
            line.startAgain()
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // After its first error the decoder complains about every further byte.
        guard failure == nil else { return }
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        failure = error
        if isInRequest { context.fireErrorCaught(error) }
        if owed == 0 { finish(error, context) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isOver else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(data, promise: promise)
        guard case .end = Self.unwrapOutboundIn(data) else { return }
        owed -= 1
        if let failure, owed == 0 { finish(failure, context) }
    }

    private func finish(_ failure: HTTPParserError, _ context: ChannelHandlerContext) {
        isOver = true
        if !isInRequest { refuse(failure, context) }
        context.flush()
        context.close(mode: .output, promise: nil)
        // Closing with bytes unread would reset the connection, and the answer might be lost.
        let channel = context.channel
        context.eventLoop.scheduleTask(in: .seconds(5)) { channel.close(promise: nil) }
    }

    private func refuse(_ failure: HTTPParserError, _ context: ChannelHandlerContext) {
        let problem = problem(failure)
        let requestID = RequestID.draw()
        let document = problem.document(requestID: requestID)
        let headers: HTTPHeaders = [
            "Content-Type": "application/problem+json", "Content-Length": String(document.count),
            "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
            HTTPField.Name.requestID.rawName: requestID, "Connection": "close",
        ]
        let status = HTTPResponseStatus(statusCode: problem.kind.status.code)
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: document)))), promise: nil)
        context.write(Self.wrapOutboundOut(.end(nil)), promise: nil)
        logger.info(
            "malformed request",
            metadata: ["status": "\(status.code)", "reason": "\(failure)", "request_id": "\(requestID)"])
    }

    private func problem(_ failure: HTTPParserError) -> Problem {
        switch failure {
        case .headerOverflow: Problem(line.isTooLong ? .uriTooLong : .headersTooLarge)
        case .invalidMethod: Problem(.malformedRequest, "The method is not known.")
        default: Problem(.malformedRequest, "The request is not well-formed HTTP/1.1.")
        }
    }
}

/// Tells a request line that is too long from headers that are: the parser does not.
final class RequestLineLength: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private var count = 0
    private var isWhole = false

    /// Longer than what any address may have, and so what the parser stopped at.
    var isTooLong: Bool { count > ErrorMapping.longestTargetBytes }

    /// The next line is a request line. Of one that came along with the end of the request before, the rest counts.
    func startAgain() {
        count = 0
        isWhole = false
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isWhole {
            let bytes = Self.unwrapInboundIn(data).readableBytesView
            let end = bytes.firstIndex(of: UInt8(ascii: "\n"))
            count += bytes.distance(from: bytes.startIndex, to: end ?? bytes.endIndex)
            isWhole = end != nil
        }
        context.fireChannelRead(data)
    }
}
