import NIOCore
import NIOPosix

/// A request that was read whole; valid during the call that gets it only.
struct ReceivedRequest {
    let head: UnsafeRawBufferPointer
    let body: UnsafeRawBufferPointer

    func header(_ name: StaticString) -> Slice<UnsafeRawBufferPointer>? { HTTPHead.value(of: name, in: head) }
}

/// The least HTTP/1.1 server on loopback: one thread, keep-alive, an answer to each request at once.
struct HouseServer: Sendable {
    /// Nil ends the connection.
    typealias Answering = (ReceivedRequest) -> ByteBuffer?

    static let ok = ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    private let channel: any Channel
    let loop: any EventLoop

    var port: Int { channel.localAddress?.port ?? 0 }

    /// - Parameters:
    ///   - port: 0 for any free one.
    ///   - makeAnswering: called once, on the server's loop; what it returns is called there for each request.
    static func listen(
        port: Int, making makeAnswering: @escaping @Sendable (any EventLoop) -> Answering
    ) async throws -> HouseServer {
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        let answering = try await loop.submit { NIOLoopBound(makeAnswering(loop), eventLoop: loop) }.get()
        let channel = try await ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(HouseConnection(answering: answering.value))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        return HouseServer(channel: channel, loop: loop)
    }

    func close() async throws { try await channel.close() }
}

/// One connection of the house.
private final class HouseConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answering: HouseServer.Answering
    private var held: ByteBuffer?

    init(answering: @escaping HouseServer.Answering) { self.answering = answering }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        if var earlier = held {
            held = nil
            earlier.writeBuffer(&buffer)
            buffer = earlier
        }
        while let length = buffer.withUnsafeReadableBytes({ answer($0, context) }) {
            buffer.moveReaderIndex(forwardBy: length)
        }
        if buffer.readableBytes > 0 { held = buffer }
        context.flush()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// - Returns: the length of the request that was answered; nil when none is there whole.
    private func answer(_ bytes: UnsafeRawBufferPointer, _ context: ChannelHandlerContext) -> Int? {
        guard let headLength = HTTPHead.length(in: bytes) else { return nil }
        let head = UnsafeRawBufferPointer(rebasing: bytes[..<headLength])
        let bodyLength = HTTPHead.value(of: "content-length", in: head).flatMap(HTTPHead.number(in:)) ?? 0
        guard bytes.count >= headLength + bodyLength else { return nil }
        let body = UnsafeRawBufferPointer(rebasing: bytes[headLength..<headLength + bodyLength])
        if let answer = answering(ReceivedRequest(head: head, body: body)) {
            context.write(wrapOutboundOut(answer), promise: nil)
        } else {
            context.close(promise: nil)
        }
        return headLength + bodyLength
    }
}
