import ArgumentParser
import NIOCore
import NIOPosix
import Orders

struct DownloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download", abstract: "Stream a GET and count what comes.")

    @Option(help: "The server, such as http://127.0.0.1:8080.") var url: ServerAddress
    @Option(help: "A staff token.") var token: String
    @Option(help: "What to get, such as /v1/staff/orders.csv.") var path: String

    func run() async throws {
        let request = ByteBuffer(
            string: "GET \(path) HTTP/1.1\r\nHost: \(url.authority)\r\nAuthorization: Bearer \(token)\r\n\r\n")
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let before = processorSeconds()
        let download = try await Self.stream(request, from: url, on: group.next()).get()
        try Output.print { json in
            json.field("lines", download.lines)
            json.field("bytes", download.bytes)
            json.field("seconds", Double(download.nanoseconds) / 1e9)
            json.field("status", download.status)
            json.field("client_cpu_seconds", processorSeconds() - before)
        }
    }

    struct Download: Sendable {
        let status: Int
        let bytes: Int
        /// Line feeds in the body.
        let lines: Int
        let nanoseconds: Int64
    }

    static func stream(
        _ request: ByteBuffer, from server: ServerAddress, on loop: any EventLoop
    ) -> EventLoopFuture<Download> {
        loop.flatSubmit {
            let promise = loop.makePromise(of: Download.self)
            ClientConnection.open(to: server, on: loop) { connection in
                guard let connection else {
                    return promise.fail(LoadFailure("nobody listens at http://\(server.authority)"))
                }
                var lines = 0
                connection.onBody = { piece in for byte in piece where byte == 0x0A { lines += 1 } }
                let start = NIODeadline.now()
                connection.send(request) { answer in
                    guard let answer else { return promise.fail(LoadFailure("the download broke off")) }
                    promise.succeed(
                        Download(
                            status: answer.status, bytes: answer.bodyBytes, lines: lines,
                            nanoseconds: (NIODeadline.now() - start).nanoseconds))
                    connection.close()
                }
            }
            return promise.futureResult
        }
    }
}
