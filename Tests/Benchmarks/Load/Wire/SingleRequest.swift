import NIOCore
import NIOPosix

/// One request on a connection of its own.
enum SingleRequest {
    /// Gets a path with its whole body.
    static func get(
        _ path: String, from server: ServerAddress, on loop: any EventLoop
    ) async throws -> (status: Int, body: [UInt8]) {
        let request = ByteBuffer(
            string: "GET \(path) HTTP/1.1\r\nHost: \(server.authority)\r\nConnection: close\r\n\r\n")
        let answer = loop.flatSubmit {
            let promise = loop.makePromise(of: (status: Int, body: [UInt8]).self)
            ClientConnection.open(to: server, on: loop) { connection in
                guard let connection else {
                    return promise.fail(LoadFailure("nobody listens at http://\(server.authority)"))
                }
                connection.keepsBody = true
                connection.send(request) { answer in
                    guard let answer else { return promise.fail(LoadFailure("no answer to GET \(path)")) }
                    promise.succeed((answer.status, connection.body))
                    connection.close()
                }
            }
            return promise.futureResult
        }
        return try await answer.get()
    }
}
