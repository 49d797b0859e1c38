import ArgumentParser
import Foundation
import TestSupport

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs the targets with inputs made from a seed; the same seed makes the same inputs.")

    @Option(name: .customLong("target"), help: "Only this one; may be repeated.")
    var names: [String] = []

    @Option(help: "Names the run; drawn when it is left out.")
    var seed: UInt64?

    @Option(help: "Inputs per target.")
    var runs = 20_000

    mutating func run() throws {
        let seed = seed ?? .random(in: .min ... .max)
        for target in try FuzzTarget.named(names) {
            // Before the run: what traps ends the process.
            print("\(target.name): \(runs) inputs, --seed \(seed)")
            let clock = ContinuousClock()
            var slowest = Duration.zero
            var mutator = Mutator(target, seed: seed)
            for input in target.seeds { try Self.check(target, input, seed) }
            for _ in 0..<runs {
                let input = mutator.next()
                let start = clock.now
                try Self.check(target, input, seed)
                slowest = max(slowest, clock.now - start)
            }
            print("Test Case 'Fuzz.\(target.name)' passed (slowest \(slowest))")
        }
    }

    private static func check(_ target: FuzzTarget, _ input: [UInt8], _ seed: UInt64) throws {
        do {
            try target.check(input)
        } catch {
            let file = FileManager.default.temporaryDirectory.path + "/mailroom-fuzz-\(target.name)-\(seed)"
            try Data(input).write(to: URL(fileURLWithPath: file))
            print("Test Case 'Fuzz.\(target.name)' failed (\(error))")
            throw ValidationError("\(target.name): \(error); mailroom-fuzz reproduce \(target.name) \(file)")
        }
    }
}

extension FuzzTarget {
    /// Those of that name, or all when none is given.
    static func named(_ names: [String]) throws -> [FuzzTarget] {
        guard !names.isEmpty else { return all }
        return try names.map { name in
            guard let target = all.first(where: { $0.name == name }) else {
                throw ValidationError("no target \(name); there are \(all.map(\.name).joined(separator: ", "))")
            }
            return target
        }
    }
}
