/// Remembers the answers of people who have not sent their order yet, each under the hash of an id that only their
/// browser knows.
///
/// They are personal data that nobody needs for long: erased when the order is placed, when the person says so, and
/// `AnswerSheet.lifetimeSeconds` after the last change.
package protocol DraftStore: Sendable {
    /// Nil when there is none, or its time is over.
    func sheet(_ hash: [UInt8], at now: Timestamp) async throws(StoreError) -> KeptSheet?

    /// Keeps a new or changed sheet.
    /// - Returns: false when its order was placed meanwhile; nothing is kept then.
    func keep(_ sheet: AnswerSheet, as hash: [UInt8], at now: Timestamp) async throws(StoreError) -> Bool

    /// Erases the answers, and keeps instead where the order is.
    func close(_ hash: [UInt8], placed token: StatusToken, at now: Timestamp) async throws(StoreError)

    /// Erases everything under this id.
    func forget(_ hash: [UInt8]) async throws(StoreError)

    /// Erases what is past its time.
    /// - Returns: how many.
    func sweepSheets(at now: Timestamp) async throws(StoreError) -> Int
}
