/// One entrance for foreign bytes, and what must hold whatever they are.
struct FuzzTarget: Sendable {
    let name: String
    /// What inputs start from: good ones, and ones on the edge.
    let seeds: [[UInt8]]
    /// Pieces that mean something to the reader of these bytes.
    let words: [String]
    /// - Throws: `Violation` when something that must hold does not. Anything that traps is found as well.
    let check: @Sendable ([UInt8]) throws -> Void

    init(
        _ name: String, seeds: [String], words: [String],
        check: @escaping @Sendable ([UInt8]) throws -> Void
    ) {
        self.name = name
        self.seeds = seeds.map { Array($0.utf8) }
        self.words = words
        self.check = check
    }

    static let all = [
        orderJSON, webhookHeaders, retryAfter, cursor, catalogFile, searchTerm, address, shippingUpdate, form,
        multipart,
        surface,
    ]
}

/// What must hold did not.
struct Violation: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// - Throws: `Violation` unless `condition` holds.
func require(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    if !condition { throw Violation(what()) }
}
