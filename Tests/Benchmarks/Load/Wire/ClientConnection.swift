import NIOCore
import NIOPosix

/// One keep-alive connection that carries one request at a time. Belongs to its event loop.
final class ClientConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Nil when the connection ended first.
    typealias Receiver = (ResponseParser.Answer?) -> Void

    /// Gets every piece of every body; nil lets them go by.
    var onBody: ((UnsafeRawBufferPointer) -> Void)?

    /// Collects each body in `body`, until the next request.
    var keepsBody = false
    private(set) var body: [UInt8] = []

    private var parser = ResponseParser()
    /// Bytes of a response that cannot be read before more come.
    private var held: ByteBuffer?
    private var receiver: Receiver?
    private var context: ChannelHandlerContext?

    var isOpen: Bool { context?.channel.isActive ?? false }

    /// Opens a connection; call on `loop`, where `opened` gets it, or nil when there is none to be had.
    static func open(
        to server: ServerAddress, on loop: any EventLoop, then opened: @escaping (ClientConnection?) -> Void
    ) {
        let connection = ClientConnection()
        let bound = NIOLoopBound(connection, eventLoop: loop)
        ClientBootstrap(group: loop)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
            .connect(host: server.host, port: server.port)
            .assumeIsolated().whenComplete { result in
                switch result {
                case .success: opened(connection)
                case .failure: opened(nil)
                }
            }
    }

    /// Sends a whole request; `receiver` is called once, with the answer or with nil.
    func send(_ request: ByteBuffer, then receiver: @escaping Receiver) {
        guard let context, isOpen else { return receiver(nil) }
        self.receiver = receiver
        body.removeAll(keepingCapacity: true)
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    func close() { context?.close(promise: nil) }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        if var earlier = held {
            held = nil
            earlier.writeBuffer(&buffer)
            buffer = earlier
        }
        do {
            let answer = try parse(&buffer)
            if buffer.readableBytes > 0 { held = buffer }
            guard let answer else { return }
            finish(answer, thenClose: answer.closes)
        } catch {
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { finish(nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func parse(_ buffer: inout ByteBuffer) throws(ResponseParser.Malformed) -> ResponseParser.Answer? {
        let step = buffer.withUnsafeReadableBytes { bytes in
            Result { () throws(ResponseParser.Malformed) in
                try parser.take(bytes) { piece in
                    if keepsBody { body.append(contentsOf: piece) }
                    onBody?(piece)
                }
            }
        }
        let (taken, answer) = try step.get()
        buffer.moveReaderIndex(forwardBy: taken)
        return answer
    }

    /// The receiver may send the next request at once, and hears at once that there is no connection for it.
    private func finish(_ answer: ResponseParser.Answer?, thenClose: Bool = false) {
        let receiver = receiver
        self.receiver = nil
        // Closing tells of the end from within, so whoever has its answer must not wait any more.
        if thenClose { context?.close(promise: nil) }
        receiver?(answer)
    }
}
