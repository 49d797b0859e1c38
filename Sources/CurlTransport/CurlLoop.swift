import CCurl
import Fulfillment

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The life of a multi handle: drain the mailbox, perform, read what is done, sleep in poll.
///
/// Not Sendable, and made on the queue that runs it. A loop rather than one DispatchSource per socket: on Linux
/// some sources that are added again never fire.
final class CurlLoop {
    typealias Perform =
        @Sendable (_ multi: UnsafeMutableRawPointer?, _ running: UnsafeMutablePointer<Int32>?)
        -> CURLMcode

    private let mailbox: Mailbox
    private let maximumInFlight: Int
    private let userAgent: String
    private let perform: Perform
    private var multi: UnsafeMutableRawPointer?
    private var waiting: [Post] = []
    private var active: [UnsafeMutableRawPointer: Exchange] = [:]
    private var idle: [Exchange] = []

    init(mailbox: Mailbox, maximumInFlight: Int, userAgent: String, perform: @escaping Perform) {
        self.mailbox = mailbox
        self.maximumInFlight = maximumInFlight
        self.userAgent = userAgent
        self.perform = perform
    }

    /// Returns when the transport was stopped and nothing is in flight.
    func run() {
        openMulti()
        while true {
            let mail = mailbox.take()
            waiting += mail.posts
            dropCancelled()
            start()
            if mail.isStopping, waiting.isEmpty, active.isEmpty { break }
            var running: Int32 = 0
            guard perform(multi, &running) == CURLM_OK else {
                rebuild()
                continue
            }
            readFinished()
            let canStartMore = !waiting.isEmpty && active.count < maximumInFlight
            guard !canStartMore, !(mail.isStopping && active.isEmpty) else { continue }
            guard mailbox.beginPolling(knowsOfStop: mail.isStopping), !hasCancelled else { continue }
            // libcurl wakes earlier for its own timers; the second is for one that it would forget.
            let code = curl_multi_poll(multi, nil, 0, active.isEmpty ? 60_000 : 1000, nil)
            if code != CURLM_OK { rebuild() }
        }
        idle.removeAll()
        closeMulti()
        mailbox.stopped()
    }

    private func openMulti() {
        multi = curl_multi_init()
        if let multi {
            // Connections kept open for the next request.
            ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, maximumInFlight)
        }
        mailbox.setMulti(multi)
    }

    private func closeMulti() {
        mailbox.setMulti(nil)
        if let multi { curl_multi_cleanup(multi) }
        multi = nil
    }

    private func start() {
        let count = min(waiting.count, maximumInFlight - active.count)
        guard count > 0 else { return }
        for post in waiting.prefix(count) { start(post) }
        waiting.removeFirst(count)
    }

    private func start(_ post: Post) {
        guard let exchange = idle.popLast() ?? Exchange() else {
            return post.refuse(.local, "libcurl gave no handle")
        }
        exchange.begin(post, userAgent: userAgent)
        if let problem = exchange.problem {
            exchange.end(problem)
            idle.append(exchange)
        } else if curl_multi_add_handle(multi, exchange.handle) == CURLM_OK {
            active[exchange.handle] = exchange
        } else {
            exchange.end(CURLE_FAILED_INIT)
        }
    }

    private func readFinished() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
                let exchange = active.removeValue(forKey: handle)
            else { continue }
            // Removing the handle frees the message.
            let code = ccurl_message_result(message)
            curl_multi_remove_handle(multi, handle)
            exchange.end(code)
            idle.append(exchange)
        }
    }

    private var hasCancelled: Bool {
        waiting.contains { $0.ticket.isCancelled } || active.values.contains { $0.isCancelled }
    }

    private func dropCancelled() {
        guard hasCancelled else { return }
        for post in waiting where post.ticket.isCancelled { post.refuse(.cancelled, "given up before it began") }
        waiting.removeAll { $0.ticket.isCancelled }
        for (handle, exchange) in active where exchange.isCancelled {
            active[handle] = nil
            exchange.abort(.cancelled, "given up")
            curl_multi_remove_handle(multi, handle)
            idle.append(exchange)
        }
    }

    /// The multi handle failed, which leaves its transfers undefined: they fail, and a new one takes over.
    private func rebuild() {
        for (handle, exchange) in active {
            exchange.abort(.local, "libcurl's multi handle failed")
            curl_multi_remove_handle(multi, handle)
        }
        active.removeAll()
        idle.removeAll()
        closeMulti()
        // What fails again and again must not spin.
        usleep(10_000)
        openMulti()
    }
}

extension Post {
    func refuse(_ kind: TransportError.Kind, _ detail: String) {
        answer.resume(returning: .failure(TransportError(kind: kind, detail: detail, requestSent: false)))
    }
}
