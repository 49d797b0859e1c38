import Crypto
import CryptoExtras
import Foundation
import Orders

/// A password as it is kept: what scrypt makes of it, with the salt and the cost it was made with, as one text:
/// `scrypt$15$8$3$<salt>$<key>` (the logarithm of the rounds, block size, parallelism).
package struct PasswordHash: Sendable {
    /// How much work one guess is.
    package struct Cost: Sendable, Hashable {
        package let logRounds: Int
        package let blockSize: Int
        package let parallelism: Int

        package init(logRounds: Int, blockSize: Int, parallelism: Int) {
            self.logRounds = logRounds
            self.blockSize = blockSize
            self.parallelism = parallelism
        }

        /// 32 MiB, three times over: one of OWASP's equals.
        package static let standard = Cost(logRounds: 15, blockSize: 8, parallelism: 3)

        /// What a text may ask for: more would be a damaged file, not a password.
        var isBounded: Bool {
            (1...20).contains(logRounds) && (1...32).contains(blockSize) && (1...16).contains(parallelism)
        }
    }

    private static let saltBytes = 16
    private static let keyBytes = 32

    let cost: Cost
    private let salt: [UInt8]
    private let key: [UInt8]

    /// Takes a while, by design: not for an event loop.
    package init(of password: String, cost: Cost) throws {
        let salt = Self.random(Self.saltBytes)
        self.init(cost: cost, salt: salt, key: try Self.derive(password, salt: salt, cost: cost))
    }

    /// Fits no password that anybody can find, and takes as long to say so.
    static func nobodys(cost: Cost) -> PasswordHash {
        PasswordHash(cost: cost, salt: random(saltBytes), key: random(keyBytes))
    }

    private static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    private init(cost: Cost, salt: [UInt8], key: [UInt8]) {
        self.cost = cost
        self.salt = salt
        self.key = key
    }

    package init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[0] == "scrypt", let logRounds = Int(parts[1]), let blockSize = Int(parts[2]),
            let parallelism = Int(parts[3]), let salt = Base64URL.decode(parts[4]),
            let key = Base64URL.decode(parts[5]), key.count == Self.keyBytes
        else { return nil }
        let cost = Cost(logRounds: logRounds, blockSize: blockSize, parallelism: parallelism)
        guard cost.isBounded else { return nil }
        self.init(cost: cost, salt: salt, key: key)
    }

    package var text: String {
        "scrypt$\(cost.logRounds)$\(cost.blockSize)$\(cost.parallelism)$\(Base64URL.encode(salt))$\(Base64URL.encode(key))"
    }

    /// Takes as long as making it, whether it fits or not.
    package func fits(_ password: String) throws -> Bool {
        ConstantTime.isSame(key, try Self.derive(password, salt: salt, cost: cost))
    }

    /// The same letters are the same password, however a keyboard composes them.
    private static func derive(_ password: String, salt: [UInt8], cost: Cost) throws -> [UInt8] {
        let bytes = Array(password.precomposedStringWithCanonicalMapping.utf8)
        // scrypt takes no empty password from Swift's side; no password of ours holds a NUL.
        let key = try KDF.Scrypt.deriveKey(
            from: bytes.isEmpty ? [0] : bytes, salt: salt, outputByteCount: keyBytes, rounds: 1 << cost.logRounds,
            blockSize: cost.blockSize, parallelism: cost.parallelism)
        return key.withUnsafeBytes { Array($0) }
    }
}
