import Foundation
import Orders

/// Where results and progress go.
enum Output {
    /// Prints the command's one JSON object.
    static func print(_ members: (inout JSONWriter) -> Void) throws {
        var json = JSONWriter()
        json.object(members)
        try FileHandle.standardOutput.write(contentsOf: Data(json.bytes + [0x0A]))
    }

    /// Says something to whoever watches; never part of the result.
    static func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}

/// What ends a command: printed by the argument parser, exit code 1.
struct LoadFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension JSONWriter {
    /// Writes a member with at most `places` decimals.
    mutating func field(_ name: StaticString, _ value: Double, places: Int = 3) {
        self.name(name)
        literal(value.isFinite ? String(format: "%.\(places)f", value) : "null")
    }
}

/// Processor time of this whole process so far, user and system, in seconds.
func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
