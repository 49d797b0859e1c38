import GRDB
package import Orders

extension OrderDatabase {
    package func sheet(_ hash: [UInt8], at now: Timestamp) async throws(StoreError) -> KeptSheet? {
        let limit = now.adding(seconds: -AnswerSheet.lifetimeSeconds)
        return try await read { try SheetTable(db: $0).sheet(hash, keptAfter: limit) }
    }

    package func keep(_ sheet: AnswerSheet, as hash: [UInt8], at now: Timestamp) async throws(StoreError) -> Bool {
        try await write { try SheetTable(db: $0).keep(sheet, hash, at: now) }
    }

    package func close(_ hash: [UInt8], placed token: StatusToken, at now: Timestamp) async throws(StoreError) {
        // The order is placed: what is left of the draft must go even while intake is shed.
        try await write(evenIfFull: true) { try SheetTable(db: $0).close(hash, token, at: now) }
    }

    package func forget(_ hash: [UInt8]) async throws(StoreError) {
        try await write(evenIfFull: true) { try SheetTable(db: $0).delete(hash) }
    }

    package func sweepSheets(at now: Timestamp) async throws(StoreError) -> Int {
        var count = 0
        while true {
            // A few at a time, since others wait for the writer.
            let limit = now.adding(seconds: -AnswerSheet.lifetimeSeconds)
            let gone = try await write { try SheetTable(db: $0).deleteKept(until: limit, atMost: 200) }
            count += gone
            if gone < 200 { return count }
        }
    }
}
