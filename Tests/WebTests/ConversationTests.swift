import Foundation
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Web

/// How long a client may take, in a time that the test moves.
struct ConversationTests {
    /// One connection without a network.
    private final class Line {
        let channel: EmbeddedChannel
        let journal = JournalLines()
        let seat: Seat
        let backlog = Backlog(limit: 0)

        init() throws {
            let (wire, embedded) = (Wire(), EmbeddedChannel())
            seat = Seat(channel: embedded)
            channel = embedded
            let conversation = Conversation(
                wire: wire, patience: Patience(), seat: seat, backlog: backlog,
                logger: Logger(label: "web") { [journal] _ in journal })
            try channel.pipeline.syncOperations.addHandlers([
                wire, HTTPResponseEncoder(), ByteToMessageHandler(HTTPRequestDecoder()), conversation,
            ])
            pass(.nanoseconds(1))
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        deinit { _ = try? channel.finish(acceptAlreadyClosed: true) }

        func send(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

        func pass(_ time: TimeAmount) { channel.embeddedEventLoop.advanceTime(by: time) }

        /// The time until the connection is closed, within a second; nil if it still stands after `limit`.
        func secondsUntilClosed(within limit: Int, doing work: () -> Void = {}) -> Int? {
            for second in 0...limit {
                if !channel.isActive { return second }
                work()
                pass(.seconds(1))
            }
            return nil
        }

        func answer(_ body: String = "", end: Bool = true, flush: Bool = true) throws {
            let headers: HTTPHeaders = ["Content-Length": String(body.utf8.count)]
            let parts: [HTTPServerResponsePart] = [
                .head(.init(version: .http1_1, status: .ok, headers: headers)),
                .body(.byteBuffer(ByteBuffer(string: body))),
            ]
            for part in parts { channel.pipeline.syncOperations.write(NIOAny(part), promise: nil) }
            if end {
                channel.pipeline.syncOperations.write(NIOAny(HTTPServerResponsePart.end(nil)), promise: nil)
            }
            if flush { channel.flush() }
        }

        var sent: String {
            get throws {
                var text = ""
                while let piece = try channel.readOutbound(as: IOData.self) {
                    if case .byteBuffer(let bytes) = piece { text += String(buffer: bytes) }
                }
                return text
            }
        }

        /// What the framework was told of the requests: each part, or the error.
        var received: [String] {
            get throws {
                var parts: [String] = []
                while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
                    switch part {
                    case .head(let head): parts.append(head.uri)
                    case .body: parts.append("body")
                    case .end: parts.append("end")
                    }
                }
                return parts
            }
        }
    }

    private let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test func aConnectionWithoutAByteIsClosedAfterHalfAMinute() throws {
        let line = try Line()
        let seconds = try #require(line.secondsUntilClosed(within: 60))
        #expect((30...33).contains(seconds))
        #expect(try line.sent == "")
    }

    @Test func aHeadHasTenSecondsFromItsFirstByteHoweverItDrips() throws {
        let line = try Line()
        line.pass(.seconds(20))
        try line.send("GET / HTTP/1.1\r\nHost: x\r\nX-Long: ")
        let seconds = try #require(line.secondsUntilClosed(within: 60) { try? line.send("a") })
        #expect((10...13).contains(seconds))
        let sent = try line.sent
        #expect(sent.hasPrefix("HTTP/1.1 408 "))
        #expect(sent.contains("Connection: close") && sent.contains(#""type":"/problems/request-timeout""#))
        #expect(try line.received == [])
        #expect(line.journal.all.count == 1)
    }

    @Test func emptyLinesAreABeginningToo() throws {
        let line = try Line()
        let seconds = try #require(line.secondsUntilClosed(within: 60) { try? line.send("\r\n") })
        #expect((10...13).contains(seconds))
    }

    @Test func aBodyHasTenSecondsHoweverItDrips() throws {
        let line = try Line()
        try line.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n")
        // Whoever reads it is told, and answers.
        let seconds = (1...60).first { _ in
            line.pass(.seconds(1))
            return (try? line.send("a")) == nil
        }
        #expect((10...13).contains(try #require(seconds)))
        #expect(try line.received.count == seconds)
        try line.answer("late")
        #expect(try line.sent.contains("Connection: close"))
        #expect(!line.channel.isActive)
    }

    @Test func aBodyThatFallsSilentEndsToo() throws {
        let line = try Line()
        try line.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n{")
        line.pass(.seconds(9))
        try line.channel.throwIfErrorCaught()
        line.pass(.seconds(4))
        #expect(throws: Problem.self) { try line.channel.throwIfErrorCaught() }
    }

    @Test func aLongBodyHasASecondMoreForEach64KiB() throws {
        let line = try Line()
        try line.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n")
        for _ in 0..<60 {
            try line.send(String(repeating: "a", count: 64 << 10))
            line.pass(.seconds(1))
        }
        try line.channel.throwIfErrorCaught()
        line.pass(.seconds(14))
        #expect(throws: Problem.self) { try line.channel.throwIfErrorCaught() }
    }

    @Test func aRequestThatIsBeingAnsweredHasAllTheTimeItNeeds() throws {
        let line = try Line()
        try line.send(get)
        #expect(line.secondsUntilClosed(within: 300) == nil)
        try line.answer("there")
        #expect(try line.sent.hasSuffix("there"))
        let seconds = try #require(line.secondsUntilClosed(within: 60))
        #expect((30...33).contains(seconds))
    }

    @Test func whoTakesNothingOfAnAnswerIsCut() throws {
        let line = try Line()
        try line.send(get)
        try line.answer(String(repeating: "a", count: 1000), end: false, flush: false)
        let seconds = try #require(line.secondsUntilClosed(within: 60))
        #expect((30...35).contains(seconds))
    }

    @Test func whoTakesALittleNowAndThenIsNot() throws {
        let line = try Line()
        try line.send(get)
        try line.answer(String(repeating: "a", count: 1000), end: false, flush: false)
        for _ in 0..<20 {
            line.pass(.seconds(25))
            // What waited goes out, and more waits.
            line.channel.flush()
            line.channel.pipeline.syncOperations.write(
                NIOAny(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: "more")))), promise: nil)
        }
        #expect(line.channel.isActive)
    }

    @Test func aBodyThatNobodyReadsIsWaitedForOnlyIfItIsShort() throws {
        for (length, stays) in [(100, true), (64 << 10, true), ((64 << 10) + 1, false)] {
            let line = try Line()
            try line.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\r\n")
            try line.answer("no")
            let sent = try line.sent
            #expect(sent.contains("Connection: close") != stays)
            #expect(line.channel.isActive == stays)
        }
    }

    @Test func aBodyThatNobodyReadsHasItsTimeToo() throws {
        let line = try Line()
        try line.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
        try line.answer("no")
        let seconds = try #require(line.secondsUntilClosed(within: 60) { try? line.send("a") })
        #expect((10...13).contains(seconds))
        _ = try? line.channel.throwIfErrorCaught()
    }

    // MARK: The stop

    @Test func anIdleConnectionIsClosedSoonAfterTheStop() throws {
        let line = try Line()
        try line.send(get)
        try line.answer()
        line.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(line.channel.isActive)
        line.pass(.milliseconds(500))
        #expect(!line.channel.isActive)
        let sent = try line.sent
        #expect(!sent.contains("Connection: close"))
    }

    @Test func whatIsOnItsWayAtTheStopIsAnsweredAndIsTheLast() throws {
        for beforeStop in ["", "GET / HT", get, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n"] {
            let line = try Line()
            try line.send(beforeStop)
            line.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            line.pass(.milliseconds(400))
            switch beforeStop {
            case "": try line.send(get)
            case get: break
            case "GET / HT": try line.send("TP/1.1\r\nHost: x\r\n\r\n")
            default: try line.send("a")
            }
            line.pass(.seconds(3))
            #expect(line.channel.isActive)
            try line.answer()
            #expect(try line.sent.contains("Connection: close"))
            #expect(!line.channel.isActive)
        }
    }

    // MARK: Room for others

    @Test func ofRequestsSentInOneBreathAHundredAreTakenAndAnswered() throws {
        let line = try Line()
        try line.send(String(repeating: get, count: 2000))
        #expect(try line.received.filter { $0 == "/" }.count == Conversation.owedAtMost)
        for _ in 0..<Conversation.owedAtMost { try line.answer() }
        let answers = try line.sent.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
        #expect(answers == Array(repeating: "200", count: Conversation.owedAtMost) + ["429"])
        #expect(!line.channel.isActive)
    }

    @Test func aWholeRequestWaitsUntilItIsAnsweredOrItsClientHasGone() throws {
        let line = try Line()
        try line.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n")
        #expect(!line.backlog.isFull)
        // However many it sends in one breath, it counts once.
        try line.send("a" + get + get)
        #expect(line.backlog.isFull)
        line.backlog.add(-1)
        #expect(!line.backlog.isFull)
        line.backlog.add(1)
        try line.answer()
        try line.answer()
        #expect(line.backlog.isFull)
        try line.answer()
        #expect(!line.backlog.isFull)
        // Answered before its body was there: it never waited.
        try line.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n")
        try line.answer()
        try line.send("a" + get)
        #expect(line.backlog.isFull)
        try line.channel.close().wait()
        #expect(!line.backlog.isFull)
    }

    @Test func onlyAConnectionThatWaitsForUsKeepsItsSeat() throws {
        let head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n"
        for (sent, stays) in [("", false), ("GET /", false), (head, false), (head + "a", true), (get, true)] {
            let line = try Line()
            try line.send(sent)
            #expect((line.seat.waitingSince == nil) == stays)
            line.seat.makeRoom()
            #expect(line.channel.isActive == stays)
            guard stays else { continue }
            try line.answer()
            #expect(line.seat.waitingSince != nil)
        }
    }
}
