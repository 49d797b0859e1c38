/// Comparing secrets.
package enum ConstantTime {
    /// Equal, in a time that tells how long they are and not where they differ.
    package static func isSame(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
