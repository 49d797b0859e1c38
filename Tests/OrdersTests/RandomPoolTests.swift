import Testing

@testable import Orders

struct RandomPoolTests {
    /// More than one fetch, from many tasks: a number that came twice would be one that was not taken away.
    @Test func noNumberIsHandedOutTwice() async {
        let numbers = await withTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let random = RandomPool()
                    return (0..<500).map { _ in random.next() }
                }
            }
            return await group.reduce(into: [UInt64]()) { $0 += $1 }
        }
        #expect(numbers.count == 4000)
        #expect(Set(numbers).count == 4000)
        #expect(!numbers.contains(0))
    }
}
