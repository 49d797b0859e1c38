import Foundation
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1

/// One connection's conversation: which requests are passed on, which answers are owed, how long the client may take,
/// and how it ends.
///
/// Answers what the framework does not: a head that is not HTTP, or not beyond dispute; one that does not come to its
/// end. Answers that are still owed to earlier requests go first. A body whose framing is broken, or that is overdue,
/// is the business of whoever reads it. After either, and after a request that is the last by its own word, nothing
/// more is read: what follows would be read at a place that only the sender knows.
final class Conversation: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Why nothing more is read, and what is said about it if nobody else does.
    private struct Refusal {
        let problem: Problem
        let reason: String
    }

    /// A body of at most so many bytes that nobody read is waited for, so that the connection can go on.
    private static let drainedBytes = 64 << 10
    /// Requests that may be sent before the first of them is answered: one read of the network could bring thousands.
    static let owedAtMost = 100

    private let wire: Wire
    private let patience: Patience
    private let seat: Seat
    private let backlog: Backlog
    private let logger: Logger
    private let meter: RequestMeter

    /// Requests whose answer is not complete.
    private var owed = 0
    /// Those of them that have come whole.
    private var whole = 0
    private var request: RequestHead?
    private var isInRequest = false
    private var receivedBytes = 0
    private var refusal: Refusal?
    /// No request is taken any more.
    private var isLast = false
    /// Nothing at all is taken any more.
    private var isDeaf = false
    private var isStopping = false
    private var closesAfterAnswer = false
    /// The last answer is written.
    private var isOver = false
    /// When the wait for the present request, its body, or the parting began.
    private var began = NIODeadline.distantPast
    private var nextLook: Scheduled<Void>?

    init(
        wire: Wire, patience: Patience, seat: Seat, backlog: Backlog, logger: Logger,
        meter: RequestMeter = RequestMeter()
    ) {
        self.wire = wire
        self.patience = patience
        self.seat = seat
        self.backlog = backlog
        self.logger = logger
        self.meter = meter
    }

    // MARK: Beginning and end

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { start(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        nextLook?.cancel()
        if whole > 0 { backlog.add(-1) }
        whole = 0
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { nextLook?.cancel() }

    private func start(_ context: ChannelHandlerContext) {
        beginWaiting(context)
        lookLater(context)
        if let problem = seat.refusal { stop(.init(problem: problem, reason: "no seat"), context) }
    }

    private func beginWaiting(_ context: ChannelHandlerContext) {
        began = context.eventLoop.now
        seat.waits(since: began)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            // Kept from the framework, which would close without a word: what is on its way is answered first.
            isStopping = true
            leaveSoon(context)
        case is MakeRoom:
            // It may have become busy since it was chosen.
            if owed == 0 || isInRequest { context.close(promise: nil) }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// A request may be under way to us already: a client that is sending steadily gets a last answer that says so.
    private func leaveSoon(_ context: ChannelHandlerContext) {
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(500)) { [self] in
            if owed == 0 && !isInRequest && wire.headBegan == nil { context.close(promise: nil) }
        }
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDeaf else { return }
        switch Self.unwrapInboundIn(data) {
        case .head(let head):
            wire.headEnded()
            begin(head, data, context)
        case .body(let piece):
            receivedBytes += piece.readableBytes
            context.fireChannelRead(data)
        case .end:
            isInRequest = false
            isDeaf = isLast
            wire.requestEnded()
            // Answered before it was read to its end?
            guard owed > 0 else { return beginWaiting(context) }
            seat.isServed()
            whole += 1
            // One connection waits once, or a few that send thousands of requests in one breath would be a crowd.
            if whole == 1 { backlog.add(1) }
            context.fireChannelRead(data)
        }
    }

    private func begin(_ head: HTTPRequestHead, _ data: NIOAny, _ context: ChannelHandlerContext) {
        guard owed < Self.owedAtMost else {
            return stop(.init(problem: .tooManyAtOnce, reason: "too many requests at once"), context)
        }
        let request: RequestHead
        do {
            request = try RequestHead(head)
        } catch {
            return stop(.init(problem: error, reason: error.detail), context)
        }
        self.request = request
        owed += 1
        isInRequest = true
        receivedBytes = 0
        began = context.eventLoop.now
        isLast = !head.isKeepAlive || request.isHTTP10 || request.asksForUpgrade
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // After its first error the decoder complains about every further byte.
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        guard !isDeaf else { return }
        stop(.init(problem: problem(error), reason: "\(error)"), context, telling: error)
    }

    private func problem(_ failure: HTTPParserError) -> Problem {
        switch failure {
        case .headerOverflow: Problem(wire.isLineTooLong ? .uriTooLong : .headersTooLarge)
        case .invalidMethod: Problem(.malformedRequest, "The method is not known.")
        default: Problem(.malformedRequest, "The request is not well-formed HTTP/1.1.")
        }
    }

    /// - Parameter error: what the reader of the body hears, if one is being read.
    private func stop(_ refusal: Refusal, _ context: ChannelHandlerContext, telling error: (any Error)? = nil) {
        self.refusal = refusal
        isDeaf = true
        if isInRequest { context.fireErrorCaught(error ?? refusal.problem) }
        if owed == 0 { finish(refusal, context) }
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isOver else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch Self.unwrapOutboundIn(data) {
        case .head(let head):
            closesAfterAnswer = mustClose
            context.write(closesAfterAnswer ? Self.wrapOutboundOut(.head(closing(head))) : data, promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            context.write(data, promise: promise)
            answered(context)
        }
    }

    /// The answer that begins is the last: no request may follow, or the present one's body would have to be read to
    /// its end, which may be far away or never come.
    private var mustClose: Bool {
        guard owed == 1 else { return false }
        if isLast || isStopping { return true }
        guard isInRequest, let request else { return false }
        let rest = request.announcedBytes.map { $0 - receivedBytes } ?? .max
        return refusal != nil || request.waitsForContinue || rest > Self.drainedBytes
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is AskForBody else { return context.triggerUserOutboundEvent(event, promise: promise) }
        promise?.succeed()
        guard !isOver, isInRequest, owed == 1, request?.waitsForContinue == true else { return }
        request?.isContinued()
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(Self.wrapOutboundOut(.head(head)), promise: nil)
    }

    private func closing(_ head: HTTPResponseHead) -> HTTPResponseHead {
        var head = head
        head.headers.replaceOrAdd(name: "Connection", value: "close")
        // Who speaks HTTP/1.0 does not know chunks: what has no length ends with the connection.
        if request?.isHTTP10 == true { head.version = .http1_0 }
        return head
    }

    private func answered(_ context: ChannelHandlerContext) {
        owed -= 1
        if whole > 0 {
            whole -= 1
            if whole == 0 { backlog.add(-1) }
        }
        guard owed == 0 else { return }
        if closesAfterAnswer { return part(context) }
        if let refusal { return finish(refusal, context) }
        guard !isInRequest else { return }
        beginWaiting(context)
        // Told to stop while the answer was on its way.
        if isStopping { leaveSoon(context) }
    }

    private func finish(_ refusal: Refusal, _ context: ChannelHandlerContext) {
        if !isInRequest { say(refusal, context) }
        part(context)
    }

    private func part(_ context: ChannelHandlerContext) {
        isOver = true
        isDeaf = true
        began = context.eventLoop.now
        seat.waits(since: began)
        context.flush()
        context.close(mode: .output, promise: nil)
    }

    private func say(_ refusal: Refusal, _ context: ChannelHandlerContext) {
        let problem = refusal.problem
        meter.refused(problem.kind)
        let requestID = RequestID.draw()
        let document = problem.document(requestID: requestID)
        var headers: HTTPHeaders = [
            "Content-Type": "application/problem+json", "Content-Length": String(document.count),
            "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
            HTTPField.Name.requestID.rawName: requestID, "Connection": "close",
        ]
        for field in problem.headers { headers.add(name: field.name.rawName, value: field.value) }
        let status = HTTPResponseStatus(statusCode: problem.kind.status.code)
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: document)))), promise: nil)
        context.write(Self.wrapOutboundOut(.end(nil)), promise: nil)
        logger.info(
            "malformed request",
            metadata: ["status": "\(status.code)", "reason": "\(refusal.reason)", "request_id": "\(requestID)"])
    }

    // MARK: Time

    private func lookLater(_ context: ChannelHandlerContext) {
        nextLook = context.eventLoop.assumeIsolated().scheduleTask(in: patience.lookEvery) { [self] in
            look(context)
            if context.channel.isActive { lookLater(context) }
        }
    }

    private func look(_ context: ChannelHandlerContext) {
        let now = context.eventLoop.now
        if let standstill = wire.standstill(in: context) {
            if standstill >= patience.stalled { return cut(context) }
            // It is still being read: the time for the next request, or for parting, begins when it is.
            if isOver || owed == 0 && !isInRequest { began = now }
        }
        if isOver {
            if now - began >= patience.parting { context.close(promise: nil) }
        } else if isInRequest {
            if !isDeaf, now - began >= patience.bodyTime(received: receivedBytes) {
                stop(.init(problem: Problem(.requestTimeout), reason: "body overdue"), context)
            }
        } else if owed == 0, let headBegan = wire.headBegan {
            if now - headBegan >= patience.head {
                stop(.init(problem: Problem(.requestTimeout), reason: "head overdue"), context)
            }
        } else if owed == 0, now - began >= patience.idle {
            context.close(promise: nil)
        }
    }

    /// Throws away what its reader does not take: with no time to linger, closing resets the connection.
    private func cut(_ context: ChannelHandlerContext) {
        let channel = context.channel
        guard let socket = channel as? any SocketOptionProvider else { return channel.close(promise: nil) }
        socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
    }
}
