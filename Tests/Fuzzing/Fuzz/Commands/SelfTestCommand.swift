import ArgumentParser
import Orders

/// The control: targets with a fault made on purpose must be found.
struct SelfTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "self-test", abstract: "Shows that a run finds faults: targets that are wrong on purpose.")

    private static let faulty = [
        FuzzTarget("forgets the depth", seeds: ["[[[[]]]]"], words: ["[[[[[[[["]) { bytes in
            try require(bytes.prefix { $0 == UInt8(ascii: "[") }.count < 20, "nested too deep")
        },
        FuzzTarget("quotes what was typed", seeds: [#"{"email":"reader@example.org"}"#], words: ["email"]) { bytes in
            guard let json = try? JSONReader.read(bytes), let email = json["email"]?.stringValue else { return }
            try require(email == "reader@example.org", "another e-mail was let through")
        },
        FuzzTarget("reads a wrong day", seeds: ["2026-02-28"], words: ["29"]) { bytes in
            try require(String(decoding: bytes, as: UTF8.self) != "2026-02-29", "no such day")
        },
    ]

    mutating func run() throws {
        for target in Self.faulty {
            var mutator = Mutator(target, seed: 1)
            var found = false
            for _ in 0..<200_000 where !found {
                do {
                    try target.check(mutator.next())
                } catch {
                    found = true
                }
            }
            guard found else { throw ValidationError("a fault was not found: \(target.name)") }
        }
        print("\(Self.faulty.count) faults made on purpose, all found")
    }
}
