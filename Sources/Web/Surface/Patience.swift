package import NIOCore

/// How long a client may take over each part of its side. Looked at every `lookEvery`, so that no request needs a timer
/// of its own: what is overdue ends at most that much later.
package struct Patience: Sendable {
    /// From the first byte of a request to the end of its head; more bytes do not prolong it.
    package var head = TimeAmount.seconds(10)
    /// From the end of the head to the end of the body, and a second more for each 64 KiB that came: a catalog import
    /// over a slow line is let through.
    package var body = TimeAmount.seconds(10)
    /// Without a byte between two requests, or before the first.
    package var idle = TimeAmount.seconds(30)
    /// In which not a byte of an answer could be sent, because its reader takes none.
    package var stalled = TimeAmount.seconds(30)
    /// After the last answer, for the client to read it and hang up: closing at once with bytes unread would reset the
    /// connection, and the answer might be lost.
    package var parting = TimeAmount.seconds(5)
    package var lookEvery = TimeAmount.milliseconds(2500)

    package init() {}

    func bodyTime(received bytes: Int) -> TimeAmount { body + .seconds(Int64(bytes >> 16)) }
}
