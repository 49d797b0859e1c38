import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// A connection as the framework serves it, with two differences: what is not HTTP is answered with a problem document,
/// and a task that is cancelled cuts the connection, whatever its client still sends or does not read.
struct WebConnection: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let http: HTTP1Channel
    let logger: Logger

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let ours = self.logger
        return http.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            let line = RequestLineLength()
            try pipeline.addHandler(MalformedRequests(line: line, logger: ours), position: .after(decoder))
            try pipeline.addHandler(line, position: .first)
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
