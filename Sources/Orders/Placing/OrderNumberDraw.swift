import Synchronization

/// Draws random order numbers, a thousand from one region of a million places (`OrderNumber.place`) before it draws the
/// next region.
///
/// A store keeps an index over the places. With all of them drawn anew, nearly every order changed a page of its own there,
/// 20 of the 70 pages of a commit of 25 orders; so the orders of a commit share a few. The process draws the next region
/// after a thousand numbers and at its start. In the long run all fill evenly, so a number that was misread is as seldom
/// another order's as if every place had been drawn from all.
final class OrderNumberDraw: Sendable {
    static let shared = OrderNumberDraw()
    static let regionSize: Int64 = 1_000_000
    static let drawsPerRegion = 1000

    private struct State {
        var region: Int64 = 0
        /// What was drawn of the region: one that is taken costs all orders of its commit a second run.
        var drawn: Set<Int64> = []

        mutating func next() -> Int64 {
            var random = RandomPool()
            if drawn.isEmpty || drawn.count >= OrderNumberDraw.drawsPerRegion {
                region = Int64.random(in: 0..<(1_000_000_000 / OrderNumberDraw.regionSize), using: &random)
                drawn.removeAll(keepingCapacity: true)
            }
            while true {
                let place = Int64.random(in: 0..<OrderNumberDraw.regionSize, using: &random)
                if drawn.insert(place).inserted { return region * OrderNumberDraw.regionSize + place }
            }
        }
    }

    private let state = Mutex(State())

    /// It may be taken already, by an order of another time: then who places this one draws again.
    func next() -> OrderNumber { OrderNumber(place: state.withLock { $0.next() }) }
}
