import NIOCore
import Orders

/// The house's books: answers every webhook with 200 and writes down what came when. Belongs to its event loop.
final class ReceivingDesk {
    private(set) var ledger = ReceiptLedger()
    /// Of each order, when its first event's request was read whole, on the clock of `NIODeadline`.
    private(set) var arrivals: [Int64: Int64] = [:]
    private(set) var first: Int64 = 0
    private(set) var last: Int64 = 0

    private let expected: Int
    private let enough: EventLoopPromise<Void>

    /// - Parameter expected: `whenEnough` is fulfilled with so many distinct events.
    init(expecting expected: Int, on loop: any EventLoop) {
        self.expected = expected
        enough = loop.makePromise()
    }

    var whenEnough: EventLoopFuture<Void> { enough.futureResult }

    func receive(_ request: ReceivedRequest) -> ByteBuffer {
        let now = Int64(NIODeadline.now().uptimeNanoseconds)
        if first == 0 { first = now }
        last = now
        let event = request.header("webhook-id").flatMap { EventID($0.text) }?.value
        let order = OrderDigits.first(in: request.body)
        if ledger.note(event: event, order: order), let order, arrivals[order] == nil { arrivals[order] = now }
        if ledger.distinct == expected { enough.succeed() }
        return HouseServer.ok
    }

    /// Stops waiting for more.
    func giveUp() { enough.succeed() }
}
