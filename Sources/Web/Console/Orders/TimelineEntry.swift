import Orders

/// One thing that happened to an order, for people: the history's rows, the carriers' scans and staff's notes in one
/// line of time, newest first.
struct TimelineEntry: Sendable {
    let what, who, at, stamp: String
    let moved: String?
    let detail: String?

    static func all(of detail: OrderDetail, time: OfficeTime) -> [TimelineEntry] {
        let order = detail.order
        var notes = order.facts.staffNotes[...]
        let history = detail.history.map { entry -> (at: Timestamp, entry: TimelineEntry) in
            // A note's row says that there is one; what it says is the order's.
            // What a package did stands beside it, as its scan.
            let text =
                switch entry.event {
                case "note.added": notes.popFirst()?.text
                case "package.updated": nil as String?
                default: entry.detail
                }
            return (entry.at, TimelineEntry(entry, detail: text, time: time))
        }
        let scans = order.parcels.flatMap { parcel in
            parcel.updates.map { (at: $0.occurredAt, entry: TimelineEntry($0, of: parcel, time: time)) }
        }
        // Things of one time stay as they were told.
        return (history + scans).enumerated().sorted { a, b in
            a.element.at == b.element.at ? a.offset > b.offset : a.element.at > b.element.at
        }.map(\.element.entry)
    }

    private init(_ entry: HistoryEntry, detail: String?, time: OfficeTime) {
        what = Self.words(for: entry.event)
        who = entry.actor.shown
        at = time.long(entry.at)
        stamp = entry.at.description
        moved =
            entry.from.flatMap { from in
                from == entry.to ? nil : "\(StatusTag(from).text) → \(StatusTag(entry.to).text)"
            }
        self.detail = detail
    }

    private init(_ update: PackageUpdate, of parcel: Parcel, time: OfficeTime) {
        what = "Package \(parcel.id): \(update.status.shown.text)"
        who = parcel.carrier?.uppercased() ?? "Carrier"
        at = time.long(update.occurredAt)
        stamp = update.occurredAt.description
        moved = update.isDatedAhead ? "dated ahead, not counted" : nil
        let text = [update.message, update.location].compactMap(\.self).joined(separator: ", ")
        detail = text.isEmpty ? nil : text
    }

    /// What an event of the history is called.
    static func words(for event: String) -> String { names[event] ?? event }

    private static let names = [
        "order.placed": "Order placed", "order.held": "Put on hold", "order.released": "Released",
        "address.changed": "Address corrected", "order.cancelled": "Cancelled",
        "order.cancellation_requested": "Cancellation asked", "order.resent": "Sent to the house again",
        "order.reshipped": "Reshipped", "note.added": "Note", "delivery.redelivered": "Delivery tried again",
        "update.matched": "An update was matched by hand", "order.submitted": "The house has it",
        "order.acknowledged": "The house acknowledged it", "order.rejected": "The house refused it",
        "order.backordered": "Backordered", "order.cancellation_refused": "The house refused to cancel",
        HistoryEntry.slipPrinted: "Packing slip printed", "package.updated": "State changed by a package",
        "order.erased": "Personal data erased",
    ]
}
