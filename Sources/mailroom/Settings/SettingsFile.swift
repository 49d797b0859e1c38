import Configuration
import Synchronization

/// A YAML file of settings. `http: {port: 8080}` and `http.port: 8080` mean the same; lists may be YAML lists or text
/// with commas between.
struct SettingsFile: Sendable {
    let path: String
    /// Nil for a file without a single setting.
    let values: YAMLSnapshot?
    /// Every key in the file, as often as it occurs.
    let keys: [String]

    /// Reads the file once.
    /// - Throws: one problem when it is missing, unreadable or no YAML mapping.
    static func read(_ path: String) throws(SettingsError) -> SettingsFile {
        let bytes: [UInt8]
        do {
            bytes = try FileBytes.read(path)
        } catch {
            throw unreadable(path, "cannot be read: \(error.reason)")
        }
        guard !holdsNothing(bytes) else { return SettingsFile(path: path, values: nil, keys: []) }
        // The library shows every key to whoever decides what is secret, and lists them nowhere else.
        let seen = KeyList()
        let options = YAMLSnapshot.ParsingOptions(
            secretsSpecifier: .dynamic { key, _ in
                seen.append(key)
                return KnownSettings.row(key)?.isSecret ?? true
            })
        do {
            let values = try YAMLSnapshot(data: bytes.span.bytes, providerName: path, parsingOptions: options)
            return SettingsFile(path: path, values: values, keys: seen.keys)
        } catch {
            throw unreadable(path, "is not understood: " + withoutExcerpt("\(error)"))
        }
    }

    private static func unreadable(_ path: String, _ detail: String) -> SettingsError {
        SettingsError(problems: [SettingProblem(subject: "settings file \(path)", origin: nil, detail: detail)])
    }

    /// The YAML reader takes a file without any value for an error; a file full of comments is a fine one.
    private static func holdsNothing(_ bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).allSatisfy { line in
            let text = line.drop(while: \.isWhitespace)
            return text.isEmpty || text.hasPrefix("#") || text == "---"
        }
    }

    /// The YAML reader's message quotes the line it stumbled over, which may hold a secret: where and why is enough.
    static func withoutExcerpt(_ message: String) -> String {
        let end = [":\n", "\nContext:"].compactMap { message.firstRange(of: $0)?.lowerBound }.min() ?? message.endIndex
        return message[..<end].split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    private final class KeyList: Sendable {
        private let list = Mutex<[String]>([])
        var keys: [String] { list.withLock { $0 } }
        func append(_ key: String) { list.withLock { $0.append(key) } }
    }
}
