import Synchronization

/// Draws identities for traces, spans and requests: unlike any other, here and in other processes, but no secrets.
///
/// SplitMix64 from a random start. The system's generator would be a system call for each of the four that an order
/// needs.
package enum IdentityStream {
    private static let state = Atomic(UInt64.random(in: .min ... .max))

    package static func next() -> UInt64 {
        var mixed = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        // Zero means "none" where it is used.
        return mixed == 0 ? 1 : mixed
    }
}
