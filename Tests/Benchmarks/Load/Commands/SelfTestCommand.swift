import ArgumentParser
import NIOCore
import NIOPosix
import Orders

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

struct SelfTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "self-test", abstract: "Prove that what looks for faults finds them.")

    func run() async throws {
        var checks = SelfChecks()
        checks.sequence()
        checks.duplicates()
        checks.parsing()
        try await checks.stall()
        try await checks.refusals()
        try await checks.deadServer()
        try await checks.arrival()
        try Output.print { json in
            json.field("passed", checks.passed)
            json.array("failed", checks.failed)
        }
        if !checks.failed.isEmpty { throw ExitCode.failure }
    }
}

/// Each check makes a fault and sees that it shows, and that nothing shows without it.
private struct SelfChecks {
    private(set) var passed = 0
    private(set) var failed: [String] = []

    private mutating func expect(_ condition: Bool, _ what: String) {
        if condition { passed += 1 } else { failed.append(what) }
    }

    // MARK: The house's books

    mutating func sequence() {
        // A hundred orders with three events each.
        let inOrder = (0..<300).map { (event: Int64($0), order: Int64($0 % 100)) }
        expect(Self.ledger(of: inOrder).outOfSequence == 0, "sequence: events in order are no fault")
        expect(Self.ledger(of: inOrder).ordersWithTwoEvents == 100, "sequence: each order has several events")
        var random = SeededRandom(seed: 1)
        let shuffled = Self.ledger(of: inOrder.shuffled(using: &random))
        expect(shuffled.outOfSequence > 50, "sequence: a shuffled list shows")
        var swapped = inOrder
        swapped.swapAt(5, 105)
        expect(Self.ledger(of: swapped).outOfSequence == 1, "sequence: one swap is one order")
        let repeated = Self.ledger(of: inOrder + [inOrder[0]])
        expect(repeated.outOfSequence == 0, "sequence: an event that comes again is no fault")
    }

    mutating func duplicates() {
        let events = (0..<10).map { (event: Int64($0), order: Int64($0)) }
        expect(Self.ledger(of: events).duplicates == 0, "duplicates: none")
        let ledger = Self.ledger(of: events + events.prefix(3))
        expect(ledger.duplicates == 3 && ledger.distinct == 10, "duplicates: three")
    }

    private static func ledger(of events: [(event: Int64, order: Int64)]) -> ReceiptLedger {
        var ledger = ReceiptLedger()
        for (event, order) in events { ledger.note(event: event, order: order) }
        return ledger
    }

    // MARK: The client

    /// A response may be cut anywhere.
    mutating func parsing() {
        let responses: [(text: String, status: Int, body: String)] = [
            ("HTTP/1.1 201 Created\r\nX: y\r\ncontent-length: 5\r\n\r\nhello", 201, "hello"),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe\r\no\r\n1A\r\n"
                    + "abcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n", 200, "he\r\noabcdefghijklmnopqrstuvwxyz"
            ),
            ("HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
            ("HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 503, ""),
        ]
        for (text, status, body) in responses {
            let bytes = Array(text.utf8)
            for cut in 0...bytes.count {
                let (answer, got) = Self.parsed([bytes[..<cut], bytes[cut...]])
                let fits = answer?.status == status && got == body && answer?.bodyBytes == body.utf8.count
                expect(fits, "parsing: \(status) cut at \(cut)")
            }
        }
    }

    private static func parsed(_ pieces: [ArraySlice<UInt8>]) -> (ResponseParser.Answer?, body: String) {
        var parser = ResponseParser()
        var held: [UInt8] = []
        var body: [UInt8] = []
        var answer: ResponseParser.Answer?
        for piece in pieces {
            held += piece
            let taken = held.withUnsafeBytes { bytes in
                (try? parser.take(bytes) { body += $0 }) ?? (taken: bytes.count, answer: nil)
            }
            held.removeFirst(taken.taken)
            answer = answer ?? taken.answer
        }
        return (answer, String(decoding: body, as: UTF8.self))
    }

    // MARK: The open loop

    /// 200 ms in which a server does nothing must show in the latencies of all orders that were due meanwhile.
    mutating func stall() async throws {
        let steady = try await Self.run(perSecond: 500, seconds: 1.5) { _ in }
        expect(steady.accepted == 750 && steady.errors == 0, "open loop: every order is answered")
        expect(steady.latencies.percentile(50) < 20_000, "open loop: a steady server is fast")
        let stalled = try await Self.run(perSecond: 500, seconds: 1.5) { index in
            if index == 300 { usleep(200_000) }
        }
        expect(stalled.accepted == 750, "stall: every order is answered in the end")
        expect(stalled.latencies.maximum >= 200_000, "stall: the maximum shows it whole")
        // One order in seven was due during the stall.
        expect(stalled.latencies.percentile(99) >= 150_000, "stall: p99 shows it")
        expect((15...60).contains(stalled.over150Milliseconds), "stall: what was due in its first 50 ms took longer")
    }

    mutating func refusals() async throws {
        let tally = try await Self.run(perSecond: 500, seconds: 0.5) { _ in
        } refusing: {
            $0 % 5 == 0
        }
        expect(tally.refused == 50 && tally.accepted == 200, "refusals: one in five is counted")
    }

    /// A server that ends every connection leaves orders without an answer.
    mutating func deadServer() async throws {
        let tally = try await Self.run(perSecond: 200, seconds: 0.5) { _ in
        } hangingUp: {
            $0 >= 50
        }
        expect(tally.accepted == 50 && tally.errors == 50, "dead server: \(tally.errors) errors of 50")
        expect(tally.latencies.count == 50, "dead server: a failed connection is no latency")
    }

    /// Runs the open loop against a server of one thread here.
    private static func run(
        perSecond: Double, seconds: Double, before: @escaping @Sendable (Int) -> Void,
        refusing: @escaping @Sendable (Int) -> Bool = { _ in false },
        hangingUp: @escaping @Sendable (Int) -> Bool = { _ in false }
    ) async throws -> RateTally {
        let server = try await HouseServer.listen(port: 0) { _ in
            var orders = 0
            return { request in
                if request.head.starts(with: Array("GET".utf8)) { return Self.catalog }
                defer { orders += 1 }
                before(orders)
                if hangingUp(orders) { return nil }
                return refusing(orders) ? Self.refused : Self.created
            }
        }
        let address = ServerAddress(host: "127.0.0.1", port: server.port)
        let tally = try await OpenLoop.run(
            RatePlan(server: address, perSecond: perSecond, seconds: seconds, connections: 8, threads: 1))
        try await server.close()
        return tally
    }

    private static let created = ByteBuffer(string: "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")
    private static let refused = ByteBuffer(string: "HTTP/1.1 503 Unavailable\r\nContent-Length: 2\r\n\r\n{}")

    private static let catalog: ByteBuffer = {
        var json = JSONWriter()
        json.object {
            $0.array("data", 1...5) { index, json in
                json.object {
                    $0.field("sku", "T-\(index)")
                    $0.field("available", true)
                    $0.field("unit_weight", StatedWeight(millionths: 1_000_000, unit: .ounce))
                }
            }
        }
        return ByteBuffer(
            bytes: Array("HTTP/1.1 200 OK\r\nContent-Length: \(json.bytes.count)\r\n\r\n".utf8) + json.bytes)
    }()

    // MARK: Announcements

    /// A webhook is matched to its order by the number in its body, and one that comes twice is counted.
    mutating func arrival() async throws {
        let house = try await ListeningHouse.open(port: 0, expecting: 2)
        let events = [(1, "0000-0000-18"), (2, "0000-0000-26"), (2, "0000-0000-26")]
        let address = ServerAddress(host: "127.0.0.1", port: house.server.port)
        let start = Int64(NIODeadline.now().uptimeNanoseconds)
        for (event, number) in events {
            let body = #"{"type":"order.placed","data":{"order":{"number":"\#(number)"}}}"#
            let request = ByteBuffer(
                string: "POST / HTTP/1.1\r\nHost: h\r\nWebhook-Id: \(EventID(value: Int64(event)))\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
            _ = try await DownloadCommand.stream(
                request, from: address, on: MultiThreadedEventLoopGroup.singleton.next()
            ).get()
        }
        let books = try await house.books(after: .seconds(5))
        expect(books.ledger.distinct == 2 && books.ledger.duplicates == 1, "arrival: two events, one of them twice")
        let orders: [(order: Int64, sentAt: Int64)] = [(18, start - 1_000_000_000), (26, start), (34, start)]
        let arrival = AnnounceCommand.arrival(of: orders, in: books.arrivals)
        expect(arrival.count == 2, "arrival: an order without a webhook is not counted")
        expect(arrival.maximum >= 1_000_000, "arrival: the time since the sending shows")
    }
}
