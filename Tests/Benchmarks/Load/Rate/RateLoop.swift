import NIOCore

/// One event loop's part of an open-loop run: every order is sent at its intended time if a connection is free, and
/// otherwise as soon as one is; its latency counts from the intended time.
final class RateLoop {
    /// How long the last answers may take after the last order was due.
    private static let graceNanoseconds: Int64 = 10_000_000_000

    private let loop: any EventLoop
    private let plan: RatePlan
    private let requests: OrderRequests
    private let start: Int64
    /// Every so many orders one is this loop's.
    private let stride: Int
    private let connectionLimit: Int
    private let done: EventLoopPromise<RateTally>

    private var tally: RateTally
    private var next: Int
    private var idle: [ClientConnection] = []
    /// Orders whose time has come and that found no free connection.
    private var waiting = CircularBuffer<Int>()
    /// Connections that are open or being opened.
    private var open = 0
    private var inFlight: Set<Int> = []
    private var isOver = false

    /// Runs the part that belongs to `place` of `plan.threads`; `start` is on the clock of `NIODeadline`.
    static func run(
        _ plan: RatePlan, _ requests: OrderRequests, place: Int, from start: Int64, on loop: any EventLoop
    ) -> EventLoopFuture<RateTally> {
        loop.flatSubmit {
            let part = RateLoop(plan, requests, place: place, from: start, on: loop)
            part.tick()
            part.loop.assumeIsolated().scheduleTask(
                deadline: .uptimeNanoseconds(UInt64(start + plan.intended(plan.count) + graceNanoseconds))
            ) { part.end() }
            return part.done.futureResult
        }
    }

    private init(
        _ plan: RatePlan, _ requests: OrderRequests, place: Int, from start: Int64, on loop: any EventLoop
    ) {
        self.plan = plan
        self.requests = requests
        self.start = start
        self.loop = loop
        stride = plan.threads
        connectionLimit = max(1, plan.connections / plan.threads)
        done = loop.makePromise()
        tally = RateTally(seconds: plan.seconds)
        next = place
    }

    private var now: Int64 { Int64(NIODeadline.now().uptimeNanoseconds) - start }

    // MARK: Sending

    /// Sends what is due and comes back when more is.
    private func tick() {
        guard !isOver else { return }
        while next < plan.count, plan.intended(next) <= now {
            dispatch(next)
            next += stride
        }
        guard next < plan.count else { return finishIfDone() }
        loop.assumeIsolated().scheduleTask(
            deadline: .uptimeNanoseconds(UInt64(start + plan.intended(next)))
        ) { self.tick() }
    }

    private func dispatch(_ index: Int) {
        while let connection = idle.popLast() {
            if connection.isOpen { return send(index, on: connection) }
            open -= 1
        }
        waiting.append(index)
        if open < connectionLimit { openConnection() }
    }

    private func openConnection() {
        open += 1
        ClientConnection.open(to: plan.server, on: loop) { connection in
            guard let connection else {
                // One order pays for each failure, so that a server that is gone ends the run.
                self.open -= 1
                if let index = self.waiting.popFirst() { self.end(of: index, status: nil) }
                if !self.waiting.isEmpty && !self.isOver { self.openConnection() }
                return
            }
            self.tally.noteConnection()
            connection.keepsBody = self.plan.notesNumbers
            self.goOn(with: connection)
        }
    }

    /// Gives the connection the order that waits longest.
    private func goOn(with connection: ClientConnection) {
        guard connection.isOpen, !isOver else {
            open -= 1
            if !waiting.isEmpty && open < connectionLimit && !isOver { openConnection() }
            return
        }
        if let index = waiting.popFirst() { send(index, on: connection) } else { idle.append(connection) }
    }

    private func send(_ index: Int, on connection: ClientConnection) {
        let request = requests.request(index)
        let sentAt = now
        inFlight.insert(index)
        tally.noteSending(delay: sentAt - plan.intended(index))
        connection.send(request) { answer in
            if self.plan.notesNumbers, answer?.status == 201, let order = OrderDigits.first(in: connection.body) {
                self.tally.note(order: order, sentAt: self.start + sentAt)
            }
            self.end(of: index, status: answer?.status)
            self.goOn(with: connection)
        }
    }

    // MARK: Ending

    private func end(of index: Int, status: Int?) {
        guard !isOver else { return }
        inFlight.remove(index)
        if let status {
            tally.noteAnswer(status: status, intended: plan.intended(index), end: now)
        } else {
            tally.noteFailure()
        }
        finishIfDone()
    }

    private func finishIfDone() {
        if next >= plan.count && waiting.isEmpty && inFlight.isEmpty { end() }
    }

    /// What has no answer by now counts as an error, with its waiting so far.
    private func end() {
        guard !isOver else { return }
        isOver = true
        let end = now
        let neverDue = Swift.stride(from: next, to: plan.count, by: stride)
        for index in Array(inFlight) + Array(waiting) + Array(neverDue) {
            tally.noteUnanswered(intended: plan.intended(index), end: end)
        }
        for connection in idle { connection.close() }
        done.succeed(tally)
    }
}
