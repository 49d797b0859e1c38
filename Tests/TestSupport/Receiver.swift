import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A real HTTP/1.1 server on loopback (or a Unix socket) that remembers what came and answers as it is told.
package final class Receiver: Sendable {
    package struct Request: Sendable {
        package let method: String
        package let path: String
        package let headers: [(name: String, value: String)]
        package let body: [UInt8]
        /// Which connection brought it, counted from 1.
        package let connection: Int

        package func header(_ name: String) -> String? { values(name).first }

        package func values(_ name: String) -> [String] {
            headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        }
    }

    private struct Counts {
        var connections = 0
        var inFlight = 0
        var mostInFlight = 0
    }

    /// Every request that was read whole, in order.
    package let log = Log<Request>()
    private let channel: any Channel
    private let counts: CountKeeper

    private final class CountKeeper: Sendable {
        let counts = Mutex(Counts())
    }

    /// - Parameters:
    ///   - unixSocketPath: listens there instead of on 127.0.0.1.
    ///   - answer: the answer to a request, with its index from 0 on.
    package init(
        unixSocketPath: String? = nil, answer: @escaping @Sendable (Request, Int) -> Answer = { _, _ in .ok }
    ) async throws {
        let (log, keeper) = (log, CountKeeper())
        counts = keeper
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                let connection = keeper.counts.withLock {
                    $0.connections += 1
                    return $0.connections
                }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        ByteToMessageHandler(HTTPRequestDecoder()),
                        ReceiverHandler(connection: connection) { request in
                            keeper.counts.withLock {
                                $0.inFlight += 1
                                $0.mostInFlight = max($0.mostInFlight, $0.inFlight)
                            }
                            return answer(request, log.add(request))
                        } onAnswered: {
                            keeper.counts.withLock { $0.inFlight -= 1 }
                        },
                    ])
                }
            }
        if let unixSocketPath {
            channel = try await bootstrap.bind(unixDomainSocketPath: unixSocketPath).get()
        } else {
            channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        }
    }

    /// Answers the first request with the first answer and so on, then always with `last`.
    package convenience init(script: [Answer], then last: Answer = .ok) async throws {
        try await self.init { _, index in index < script.count ? script[index] : last }
    }

    package var port: Int { channel.localAddress?.port ?? 0 }

    package var url: String { "http://127.0.0.1:\(port)/hook" }

    package var connectionCount: Int { counts.counts.withLock { $0.connections } }

    /// The most requests that waited for their answer at one time.
    package var mostInFlight: Int { counts.counts.withLock { $0.mostInFlight } }

    /// Waits until so many requests have come.
    package func requests(_ count: Int) async -> [Request] { await log.first(count) }

    /// Stops listening: the port refuses connections. Open ones live on.
    package func close() async throws { try await channel.close() }
}

/// One connection.
private final class ReceiverHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let connection: Int
    private let answer: @Sendable (Receiver.Request) -> Answer
    private let onAnswered: @Sendable () -> Void
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(
        connection: Int, answer: @escaping @Sendable (Receiver.Request) -> Answer,
        onAnswered: @escaping @Sendable () -> Void
    ) {
        self.connection = connection
        self.answer = answer
        self.onAnswered = onAnswered
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let part): body += Array(part.readableBytesView)
        case .end:
            guard let head else { return }
            let request = Receiver.Request(
                method: head.method.rawValue, path: head.uri,
                headers: head.headers.map { (name: $0.name, value: $0.value) }, body: body, connection: connection)
            play(answer(request).steps[...], on: context.channel)
        }
    }

    private func play(_ steps: ArraySlice<Answer.Step>, on channel: any Channel) {
        guard let step = steps.first else { return onAnswered() }
        let rest = steps.dropFirst()
        switch step {
        case .bytes(let bytes):
            channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
            play(rest, on: channel)
        case .wait(let gate):
            let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
            gate.whenOpen { channel.eventLoop.execute { bound.value.play(rest, on: channel) } }
        case .drip(let bytes, let interval):
            channel.eventLoop.scheduleRepeatedTask(
                initialDelay: .zero, delay: .milliseconds(interval)
            ) { task in
                guard channel.isActive else { return task.cancel() }
                channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
            }
        case .reset:
            // With no time to linger, closing sends an RST.
            (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
                .whenComplete { _ in channel.close(promise: nil) }
            onAnswered()
        case .close:
            channel.close(promise: nil)
            onAnswered()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
