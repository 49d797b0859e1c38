/// Sends one request and waits for its answer.
package protocol WebhookTransport: Sendable {
    /// Cancelling the task aborts the exchange.
    func post(_ request: WebhookRequest) async throws(TransportError) -> WebhookResponse
}

/// One HTTP request.
package struct WebhookRequest: Sendable {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    package var method: String
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    package var connectTimeoutMilliseconds: Int
    /// For the whole exchange, connecting included.
    package var timeoutMilliseconds: Int
    /// Connects to this socket instead of the host in `url`.
    package var unixSocketPath: String?
    /// More of the answer's body than this is not read.
    package var responseLimitBytes: Int
    /// Makes the connection, with TLS when the URL says so, and sends nothing: the answer's status is 0 then.
    package var onlyConnects = false

    package init(
        method: String = "POST", url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        connectTimeoutMilliseconds: Int = 5_000, timeoutMilliseconds: Int = 15_000, unixSocketPath: String? = nil,
        responseLimitBytes: Int = 16 * 1024
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
        self.timeoutMilliseconds = timeoutMilliseconds
        self.unixSocketPath = unixSocketPath
        self.responseLimitBytes = responseLimitBytes
    }
}

/// An answer: there is one as soon as its status line was read, whatever follows.
package struct WebhookResponse: Sendable {
    package let status: Int
    /// `Content-Type`, `ETag`, `Location` and `Retry-After`, as far as they came.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    /// False when the body was cut at the limit, or the connection broke or timed out within it.
    package let isComplete: Bool

    package init(
        status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = [], isComplete: Bool = true
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.isComplete = isComplete
    }

    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
