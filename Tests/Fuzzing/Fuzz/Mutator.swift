import TestSupport

/// Makes inputs out of seeds: same generator, same inputs.
struct Mutator {
    private static let longest = 4096
    private static let edgeNumbers = [
        "0", "-1", "1", "255", "256", "65536", "2147483648", "4294967296", "9223372036854775807",
        "9223372036854775808", "-9223372036854775809", "99999999999999999999999999", "1e3", "0.0000001",
    ]

    private let seeds: [[UInt8]]
    private let words: [[UInt8]]
    private var random: SeededGenerator

    init(_ target: FuzzTarget, seed: UInt64) {
        seeds = target.seeds
        words = (target.words + Self.edgeNumbers).map { Array($0.utf8) }
        random = SeededGenerator(seed: seed)
    }

    /// A seed with one change or more, each further one half as likely: most inputs still get past the first reader.
    mutating func next() -> [UInt8] {
        var bytes = seeds.randomElement(using: &random) ?? []
        repeat { change(&bytes) } while Bool.random(using: &random)
        return Array(bytes.prefix(Self.longest))
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1 where place < bytes.count: bytes[place] = .random(in: .min ... .max, using: &random)
        case 2: bytes.insert(.random(in: .min ... .max, using: &random), at: place)
        case 3: bytes.removeSubrange(place..<end(after: place, in: bytes))
        case 4: bytes.insert(contentsOf: bytes[place..<end(after: place, in: bytes)], at: place)
        case 5:
            let other = seeds.randomElement(using: &random) ?? []
            let start = Int.random(in: 0...other.count, using: &random)
            bytes.insert(contentsOf: other[start..<end(after: start, in: other)], at: place)
        case 6: bytes.insert(contentsOf: words.randomElement(using: &random) ?? [], at: place)
        default:
            bytes.replaceSubrange(
                place..<end(after: place, in: bytes), with: words.randomElement(using: &random) ?? [])
        }
    }

    private mutating func end(after start: Int, in bytes: [UInt8]) -> Int {
        min(bytes.count, start + Int.random(in: 0...32, using: &random))
    }
}
