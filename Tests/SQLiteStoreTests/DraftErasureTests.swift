import Foundation
import GRDB
import Orders
import SQLiteStore
import TestSupport
import Testing

/// What a draft held must not be readable in the files once its order is placed: deleted rows are overwritten.
struct DraftErasureTests {
    private static let name = "Quintessa-Erasable-Zimmermann"

    private static func sheet() -> AnswerSheet {
        var sheet = AnswerSheet(key: "page-1")
        sheet.name = name
        return sheet
    }

    private static func isInFiles(of database: DatabaseInFolder) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: database.folder.path).contains { file in
            let data = try Data(contentsOf: URL(fileURLWithPath: database.folder.path + "/" + file))
            return data.range(of: Data(name.utf8)) != nil
        }
    }

    @Test(arguments: ["placed", "forgotten", "swept"])
    func theFilesHoldNothingOfADraftThatEnded(how: String) async throws {
        let database = try DatabaseInFolder()
        let hash = [UInt8](repeating: 7, count: 32)
        let now = SampleOrders.start
        #expect(try await database.store.keep(Self.sheet(), as: hash, at: now))
        // The control: while the draft is open it can be found.
        #expect(try Self.isInFiles(of: database))
        switch how {
        case "placed":
            let token = StatusToken.random(for: OrderID(value: 1))
            try await database.store.close(hash, placed: token, at: now)
        case "forgotten": try await database.store.forget(hash)
        default:
            _ = try await database.store.sweepSheets(at: now.adding(seconds: AnswerSheet.lifetimeSeconds))
        }
        // The log of changes still holds the page as it was; closing, like every checkpoint, empties it.
        await database.store.close()
        #expect(try Self.isInFiles(of: database) == false)
    }
}
