/// How the simulated house behaves, and how it misbehaves on request.
struct HouseHabits: Sendable, Hashable {
    /// Between one step of an order and the next.
    var paceSeconds = 3.0
    /// The share of deliveries answered with a server error, 0…1.
    var failRate = 0.0
    /// How long it takes to answer a delivery.
    var delaySeconds = 0.0
    /// The share of its own messages that it sends twice, 0…1.
    var duplicateRate = 0.0
    /// Whether its messages about an order come in any order.
    var reorders = false
    /// The same seed makes the same decisions.
    var seed: UInt64

    init(seed: UInt64) { self.seed = seed }
}

/// SplitMix64: small, fast, and the same numbers for the same seed everywhere. Not for secrets.
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A stream of its own for each name under one seed.
    init(seed: UInt64, name: String) {
        // FNV-1a: stable between runs, which Swift's own hashing is not.
        state = name.utf8.reduce(seed ^ 0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func happens(_ rate: Double) -> Bool { rate > 0 && Double.random(in: 0..<1, using: &self) < rate }
}
