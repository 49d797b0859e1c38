import Foundation
import Synchronization
import Testing

@testable import mailroom

@Suite struct TerminalTests {
    @Test func aTablesColumnsAreAsWideAsTheirWidestCell() {
        let table = TextTable(headings: ["sku", "title"], rows: [["A", "One"], ["LONGER", "Two"]])
        #expect(table.text == "SKU     TITLE\nA       One\nLONGER  Two\n")
    }

    @Test func whatPeopleTypedCannotMoveTheCursor() {
        #expect(TextTable(headings: ["a"], rows: [["\u{1B}[2Jx\ny\u{202E}"]]).text == "A\n [2Jx y \n")
    }

    @Test func aProgressBarIsSilentUnlessAPersonWatches() {
        let written = Mutex<[UInt8]>([])
        var hidden = ProgressBar("import", isShown: false) { bytes in written.withLock { $0 += bytes } }
        hidden.show(1, of: 2)
        hidden.finish()
        #expect(written.withLock { $0.isEmpty })
        var shown = ProgressBar("import", isShown: true) { bytes in written.withLock { $0 += bytes } }
        shown.show(1, of: 2)
        #expect(String(decoding: written.withLock { $0 }, as: UTF8.self).hasSuffix("] 50 %"))
        shown.show(1, of: 0)
        #expect(String(decoding: written.withLock { $0 }, as: UTF8.self).hasSuffix("] 100 %"))
        shown.finish()
        #expect(String(decoding: written.withLock { $0 }, as: UTF8.self).hasSuffix("\r\u{1B}[K"))
    }

    @Test func anOutputFileIsThereWholeOrNotAtAll() async throws {
        try await Samples.inFolder { folder in
            let path = folder.appending(path: "out.csv").path
            let bytes = [UInt8](repeating: 7, count: 200_000)
            var steps: [Int] = []
            try OutputFile.write(bytes, to: path) { done, total in
                steps.append(done)
                #expect(total == bytes.count)
                #expect(!FileManager.default.fileExists(atPath: path))
            }
            #expect(try InputFile.read(path) == bytes)
            #expect(steps == [65_536, 131_072, 196_608, 200_000])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["out.csv"])

            let failure = #expect(throws: Failure.self) {
                try OutputFile.write([1], to: folder.appending(path: "none/out.csv").path)
            }
            #expect(failure?.status == .cannotCreate)
        }
    }

    @Test func anInputThatIsNotThereHasItsOwnExitCode() {
        let failure = #expect(throws: Failure.self) { try InputFile.read("/nowhere/catalog.csv") }
        #expect(failure?.status == .noInput)
        #expect(failure?.message == "cannot read /nowhere/catalog.csv: No such file or directory")
    }

    @Test func exitCodesAreThoseOfSysexits() {
        #expect(SystemExit.allCases.map(\.rawValue) == [0, 64, 65, 66, 69, 70, 73, 74, 75, 77, 78])
    }
}
