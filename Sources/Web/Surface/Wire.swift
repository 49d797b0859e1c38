import Foundation
import NIOCore

/// The bytes of a connection, below HTTP: when a request begins, how long its first line is (the parser does not tell
/// that from headers that are too long), and whether what we send still moves.
final class Wire: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// When the first byte of a request came whose head is not complete.
    private(set) var headBegan: NIODeadline?
    private var isBetweenHeads = true
    private var lineLength = 0
    private var isLineWhole = false

    private var written = 0
    private var sent = 0
    private var movedAt: NIODeadline?

    /// Longer than what any address may have, and so what the parser stopped at.
    var isLineTooLong: Bool { lineLength > ErrorMapping.longestTargetBytes }

    func headEnded() {
        headBegan = nil
        isBetweenHeads = false
    }

    /// The next byte begins a request. Of a line that came along with the end of the request before, the rest counts.
    func requestEnded() {
        isBetweenHeads = true
        lineLength = 0
        isLineWhole = false
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isBetweenHeads && headBegan == nil { headBegan = context.eventLoop.now }
        if !isLineWhole {
            let bytes = Self.unwrapInboundIn(data).readableBytesView
            let end = bytes.firstIndex(of: UInt8(ascii: "\n"))
            lineLength += bytes.distance(from: bytes.startIndex, to: end ?? bytes.endIndex)
            isLineWhole = end != nil
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        written += Self.unwrapOutboundIn(data).readableBytes
        context.write(data, promise: promise)
    }

    /// How long nothing of what we wrote has moved; nil when the client has all of it.
    ///
    /// Reckoned from what was written and what is left, at each look: nothing is kept for each write.
    func standstill(in context: ChannelHandlerContext) -> TimeAmount? {
        guard written > 0 else { return nil }
        let buffered = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let left = buffered + Self.unacknowledged(context)
        let now = context.eventLoop.now
        defer { sent = written - left }
        guard left > 0 else {
            movedAt = nil
            return nil
        }
        guard let movedAt, written - left == sent else {
            movedAt = now
            return .zero
        }
        return now - movedAt
    }

    /// What the system has taken from us, and the client has not acknowledged to it.
    private static func unacknowledged(_ context: ChannelHandlerContext) -> Int {
        let pipeline = context.channel.pipeline.syncOperations
        let count = try? pipeline.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { socket in
            var count: CInt = 0
            // SIOCOUTQ, which Foundation does not name.
            return ioctl(socket, UInt(0x5411), &count) == 0 ? Int(count) : 0
        }
        return count ?? 0
    }
}
