/// Conditions on `deliveries`, for every statement that must stay in the partial index `deliveries_open`.
///
/// SQLite proves that a partial index may be used only from a term written as the index has it: `state = 0` alone does
/// not imply `state <> 2` to it, and the statement would walk every delivery ever made.
enum OpenDeliveries {
    static let pending = "state = 0 AND state <> 2"
    static let inFlight = "state = 1 AND state <> 2"
    static let pendingOrInFlight = "state IN (0, 1) AND state <> 2"
}
