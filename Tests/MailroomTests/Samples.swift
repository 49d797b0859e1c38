import Foundation

@testable import mailroom

enum Samples {
    /// Of the right form; everybody knows them.
    static let secret = "whsec_bmV3LXNhbXBsZS1zZWNyZXQtbmV2ZXItdXNlLWl0IQ=="
    static let otherSecret = "whsec_b2xkLXNhbXBsZS1zZWNyZXQtbmV2ZXItdXNlLWl0IQ=="

    /// An order that is accepted with the sample catalog.
    static let form = """
        {"items":[{"sku":"FSAC-NET-EN","quantity":1}],"ship_to":{"name":"Sample Reader","line1":"1 Example Street",\
        "city":"Springfield","region":"IL","postal_code":"62701","country":"US"}}
        """

    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A folder of the test's own, gone afterwards.
    static func inFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "mailroom-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }

    /// A settings file with this text, read.
    static func settingsFile(_ yaml: String) async throws -> SettingsFile {
        try await inFolder { folder in
            let path = folder.appending(path: "mailroom.yaml").path
            try Data(yaml.utf8).write(to: URL(filePath: path))
            return try SettingsFile.read(path)
        }
    }
}

extension SettingSources {
    /// The problems of these sources, as their texts; empty when there are none.
    func problems(for purpose: SettingValues.Purpose = .show) -> [String] {
        do {
            _ = try Settings(try SettingValues(self, for: purpose))
            return []
        } catch {
            return error.problems.map(\.text)
        }
    }
}
