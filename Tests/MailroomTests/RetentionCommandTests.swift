import Foundation
import Fulfillment
import Orders
import SQLiteStore
import TestSupport
import Testing

@testable import mailroom

/// Forgetting people from the command line, with the real program.
@Suite(.timeLimit(.hanging)) struct RetentionCommandTests {
    private let program: MailroomProgram
    private let now = SystemClock().now

    init() throws {
        program = try MailroomProgram()
        _ = try program.run("migrate")
    }

    /// Writes orders into the file, cancelled at once.
    private func fill(daysAgo: [Int], cancelled: Bool = true) async throws -> [Order] {
        let store = try OrderDatabase.open(path: program.path("mailroom.db"), queueLimit: 10)
        var orders: [Order] = []
        for days in daysAgo {
            let at = now.adding(days: -days)
            let order = SampleOrders.order(at: at, to: SampleOrders.shipTo(name: "Zoraida Quill"))
            _ = try await store.place(order, announcing: SampleOrders.announcement(of: order), key: nil)
            if cancelled {
                let cancel = StaffAction.cancel(reason: nil, event: .draw(at: at))
                _ = try await store.perform(cancel, on: order.number, by: .reader, at: at, ifMatch: nil)
            }
            orders.append(order)
        }
        await store.close()
        return orders
    }

    private func holdsName() throws -> Bool {
        let data = try Data(contentsOf: URL(fileURLWithPath: program.path("mailroom.db")))
        return data.range(of: Data("Quill".utf8)) != nil || data.range(of: Data("quill".utf8)) != nil
    }

    @Test func anOrderIsErasedInTheFileAndNothingIsLeft() async throws {
        let order = try await fill(daysAgo: [1])[0]
        #expect(try holdsName())
        let ended = try program.run("orders", "erase", order.number.description, "--yes")
        #expect(ended.status == 0)
        #expect(ended.output.hasPrefix("\(order.number)  erased\n"))
        let until = order.placedAt.adding(days: 365).description.prefix(10)
        #expect(ended.output.contains("Backups") && ended.output.contains(until))
        #expect(try !holdsName())
        #expect(try program.run("orders", "show", order.number.description).output.contains("personal data"))
        let again = try program.run("orders", "erase", order.number.description, "--yes", "--json")
        #expect(again.status == 0 && again.output.contains("\"erased_before\""))
    }

    @Test func nothingIsErasedUnaskedOrUnderWayOrUnknown() async throws {
        let order = try await fill(daysAgo: [1], cancelled: false)[0]
        let number = order.number.description
        // Nobody sits at a terminal here.
        #expect(try program.run("orders", "erase", number).status == 64)
        let refused = try program.run("orders", "erase", number, "0000-0000-00", "--yes")
        #expect(refused.status == 65)
        #expect(refused.output.contains("cancel it first") && refused.output.contains("0000-0000-00  not found"))
        #expect(try program.run("orders", "erase", "0000-0000-00", "--yes").status == 66)
        #expect(try program.run("orders", "erase", "1234-5678-90", "--yes").status == 65)
        #expect(try holdsName())
        #expect(try program.run("orders", "erase", number, "--yes", "--force").status == 0)
        #expect(try !holdsName())
    }

    @Test func theReportSaysWhatIsDueAndARunErasesIt() async throws {
        _ = try await fill(daysAgo: [400, 91, 89])
        let before = try program.run("retention")
        #expect(before.status == 0)
        #expect(before.output.contains("due now           2, more than two days late: 1"))
        #expect(before.output.contains("last round        never"))
        let run = try program.run("retention", "run")
        #expect(run.output == "orders erased: 2, and nothing of them is left in the file\n")
        let after = try JSONReader.read(Array(try program.run("retention", "--json").output.utf8))
        #expect(after["due"]?.intValue == 0 && after["last_round_orders"]?.intValue == 2)
        #expect(after["has_remains"]?.boolValue == false && after["retention_days"]?.intValue == 90)
        let next = try #require(after["next_due_at"]?.stringValue.flatMap { Timestamp(rfc3339: $0) })
        #expect(next == now.adding(days: 1))
    }

    @Test func aBackupThatIsTooOldIsPointedOut() async throws {
        _ = try await fill(daysAgo: [400, 100, 5])
        let (old, fresh) = (program.path("old backup.db"), program.path("fresh.db"))
        try FileManager.default.copyItem(atPath: program.path("mailroom.db"), toPath: old)
        #expect(try program.run("retention", "run").status == 0)
        try FileManager.default.copyItem(atPath: program.path("mailroom.db"), toPath: fresh)
        let checked = try program.run("retention", "check", old, fresh)
        #expect(checked.status == 65)
        #expect(checked.output.contains("\(old): TOO OLD, people past their time: 2 of 3 orders\n"))
        #expect(checked.output.contains("\(fresh): nobody past their time, orders: 3\n"))
        #expect(try program.run("verify", old).errors.contains("past their time, orders: 2"))
        let verified = try program.run("verify", fresh)
        #expect(verified.errors == "")
        #expect(try program.run("restore", old, "--replace").errors.contains("past their time, orders: 2"))
        let clean = try program.run("retention", "check", "--json", fresh)
        #expect(clean.status == 0)
        #expect(clean.output == "{\"data\":[{\"file\":\"\(fresh)\",\"orders\":3,\"due\":0}]}\n")
        #expect(try program.run("retention", "check", program.path("none.db")).status == 66)
        let text = try program.write("no database", to: "text.db")
        #expect(try program.run("retention", "check", text, fresh).status == 65)
    }
}
