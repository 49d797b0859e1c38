/// One parcel, folded from all its stored updates (contract §6): arrival order and repetition cannot matter.
package struct Parcel: Sendable, Hashable {
    package let id: String
    package let carrier: String?
    package let trackingNumber: String?
    package let trackingURL: String?
    package let status: PackageStatus
    /// From the latest update that has them; nil when none ever said what is inside.
    package let items: [ItemCount]?
    /// All stored updates, those outside the fold included, sorted by (occurred_at, rank).
    package let updates: [PackageUpdate]

    /// - Parameter updates: the updates of one package, in any order, not empty.
    package init(id: String, folding updates: [PackageUpdate]) {
        let sorted = updates.sorted(by: PackageUpdate.foldsBefore)
        let counted = sorted.filter { !$0.isDatedAhead }
        self.id = id
        carrier = counted.last { $0.carrier != nil }?.carrier
        trackingNumber = counted.last { $0.trackingNumber != nil }?.trackingNumber
        trackingURL = counted.last { $0.trackingURL != nil }?.trackingURL
        items = counted.last { $0.items != nil }?.items
        status = counted.reduce(.unknown) { $0.followed(by: $1.status) }
        self.updates = sorted
    }

    package func quantity(of sku: String) -> Int { (items ?? []).quantity(of: sku) }

    /// Groups updates by package, the packages in the order of their first update.
    package static func parcels(from updates: [PackageUpdate]) -> [Parcel] {
        let groups = Dictionary(grouping: updates, by: \.packageID)
        return groups.map { Parcel(id: $0, folding: $1) }.sorted { a, b in
            guard let first = a.updates.first, let second = b.updates.first else { return a.id < b.id }
            return first.occurredAt == second.occurredAt ? a.id < b.id : first.occurredAt < second.occurredAt
        }
    }
}

extension PackageStatus {
    /// The status after `next` is walked over, in the fold's order.
    func followed(by next: PackageStatus) -> PackageStatus {
        switch (self, next) {
        case (_, .unknown): self
        case (.returned, _): self
        case (.delivered, .returnToSender), (.delivered, .returned): next
        case (.delivered, _): self
        case (.returnToSender, .returned), (.returnToSender, .delivered): next
        case (.returnToSender, _): self
        // A sign of movement: anything but the label's being printed.
        case (.cancelled, _): next.wasShipped ? next : self
        default: next
        }
    }
}

extension PackageUpdate {
    /// (occurred_at, rank), then the content: the order is total, so the fold is one function of the *set* of updates.
    static func foldsBefore(_ a: PackageUpdate, _ b: PackageUpdate) -> Bool {
        if a.occurredAt != b.occurredAt { return a.occurredAt < b.occurredAt }
        return a.status < b.status
    }
}
