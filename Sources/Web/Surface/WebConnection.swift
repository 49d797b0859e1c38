import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// A connection as the framework serves it, with these differences: it needs a seat; what is not HTTP is answered with a
/// problem document; who is slow is cut off (`Conversation`); and a task that is cancelled cuts the connection, whatever
/// its client still sends or does not read.
struct WebConnection: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let http: HTTP1Channel
    /// Nil for the Unix socket: whoever can open that is an administrator.
    let connections: OpenConnections?
    let patience: Patience
    let backlog: Backlog
    let logger: Logger
    let meter: RequestMeter

    /// Header fields are counted and measured by the parser while they arrive; `ErrorMapping` judges what it let
    /// through by the byte.
    static let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
        maxHeaderFieldSize: ErrorMapping.largestHeadersBytes,
        maxHeaderListSize: ErrorMapping.largestHeadersBytes + ErrorMapping.longestTargetBytes,
        maxHeaderFieldCount: ErrorMapping.mostHeaders)

    /// How much of an answer the system takes from us that the network has not taken from it. By itself it takes
    /// megabytes for each client that does not read.
    private static let unsentBytes: SocketOptionValue = 64 << 10
    /// `TCP_NOTSENT_LOWAT`, which Foundation does not name.
    private static let unsentLimit = NIOBSDSocket.Option(rawValue: 25)

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let seat: Seat
        do {
            seat = try connections?.seat(channel) ?? Seat(channel: channel)
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
        let ours = self.logger
        if channel.remoteAddress?.protocol == .inet || channel.remoteAddress?.protocol == .inet6 {
            // Fails when the client has hung up already: then it does not matter.
            try? channel.syncOptions?.setOption(.tcpOption(Self.unsentLimit), value: Self.unsentBytes)
        }
        return http.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            let wire = Wire()
            let conversation = Conversation(
                wire: wire, patience: patience, seat: seat, backlog: backlog, logger: ours, meter: meter)
            try pipeline.addHandler(conversation, position: .after(decoder))
            try pipeline.addHandler(wire, position: .first)
            // The server drops a connection that it took in the moment it was told to stop, and this value must not end
            // before its channel: the framework ends the process for that.
            channel.closeFuture.whenComplete { _ in withExtendedLifetime(value) {} }
            return value
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskCancellationHandler {
            await http.handle(value: value, logger: logger)
        } onCancel: {
            value.channel.close(promise: nil)
        }
    }
}
