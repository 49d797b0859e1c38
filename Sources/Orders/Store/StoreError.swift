/// What can go wrong in a store that is nobody's mistake. Expected outcomes are results, not errors.
package enum StoreError: Error, Sendable, Hashable {
    /// Cannot serve now: disk full, too many waiting, shutting down. Try again (HTTP 503).
    case unavailable(reason: String)
    /// The store holds something it must not: a person has to look (HTTP 500). `detail` is for the log.
    case corrupt(detail: String)
    /// The caller gave up; only reads end so.
    case cancelled
}
