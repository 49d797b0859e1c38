import Foundation

/// Where libFuzzer comes in, in a build with `--sanitize=fuzzer`; the environment names the target.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    do {
        try chosen.check(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        fatalError("\(chosen.name): \(error)")
    }
    return 0
}

private let chosen: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["MAILROOM_FUZZ_TARGET"] ?? ""
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        fatalError("MAILROOM_FUZZ_TARGET must be one of \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
    }
    return target
}()
