import Logging
import Orders
import Synchronization
import Testing

@testable import mailroom

@Suite struct LineLogHandlerTests {
    /// What one record of the given format becomes.
    private static func line(
        _ format: LogFormat, _ message: String, _ metadata: Logger.Metadata = [:], level: Logger.Level = .info
    ) -> String {
        let written = Written()
        var logger = Logger(label: "relay") { label in
            LineLogHandler(
                label: label, level: .info, format: format, now: { Timestamp(milliseconds: 0) }, write: written.add)
        }
        logger[metadataKey: "request_id"] = "r1"
        logger.log(level: level, "\(message)", metadata: metadata)
        return written.text
    }

    private final class Written: Sendable {
        private let bytes = Mutex<[UInt8]>([])
        var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
        func add(_ more: [UInt8]) { bytes.withLock { $0 += more } }
    }

    @Test func textIsTimeLevelLoggerMessageAndSortedFields() {
        let line = Self.line(.text, "delivered", ["status": "200", "detail": "two words"], level: .notice)
        #expect(
            line
                == "1970-01-01T00:00:00.000Z NOTICE   relay: delivered detail=\"two words\" request_id=r1 status=200\n")
    }

    @Test func jsonIsOneObject() throws {
        let line = Self.line(.json, "delivered", ["status": "200"])
        let json = try JSONReader.read(Array(line.utf8))
        #expect(json["time"]?.stringValue == "1970-01-01T00:00:00.000Z")
        #expect(json["level"]?.stringValue == "info")
        #expect(json["logger"]?.stringValue == "relay")
        #expect(json["message"]?.stringValue == "delivered")
        #expect(json["fields"]?["status"]?.stringValue == "200")
        #expect(json["fields"]?["request_id"]?.stringValue == "r1")
    }

    @Test(
        arguments: LogFormat.allCases,
        [
            "two\nlines", "carriage\r\nreturn", "escape\u{1B}[31m", "null\0", "bell\u{7}", "next\u{85}line",
            "line\u{2028}separator", "right\u{202E}to left", "tab\there",
        ])
    func whateverARecordHoldsItStaysOneLineOfHarmlessText(_ format: LogFormat, _ text: String) {
        let line = Self.line(format, text, ["na\nme": "\(text)"])
        #expect(line.hasSuffix("\n"))
        for scalar in line.unicodeScalars.dropLast() {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: Issue.record("\(scalar.value) in \(line)")
            default: break
            }
        }
    }

    @Test func whatIsEscapedInJSONReadsBackAsItWas() throws {
        let text = "line\u{2028}separator \u{1F600} right\u{202E} \u{E0001}"
        let json = try JSONReader.read(Array(Self.line(.json, text).utf8))
        #expect(json["message"]?.stringValue == text)
    }

    @Test func aRecordBelowTheLevelIsNotWritten() {
        #expect(Self.line(.text, "detail", level: .debug).isEmpty)
    }
}
