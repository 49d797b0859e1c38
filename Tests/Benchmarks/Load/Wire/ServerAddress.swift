import ArgumentParser
import Foundation

/// Where the server under load listens: `http://127.0.0.1:8080`. Loopback only.
struct ServerAddress: Sendable, ExpressibleByArgument {
    let host: String
    let port: Int

    init?(argument: String) {
        guard let url = URLComponents(string: argument), url.scheme == "http", let host = url.host,
            ["127.0.0.1", "localhost"].contains(host), let port = url.port, ["", "/"].contains(url.path)
        else { return nil }
        self.init(host: host, port: port)
    }

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// The value of the `Host` header.
    var authority: String { "\(host):\(port)" }
}
