/// One message of the house about one order, understood.
package struct ShippingUpdate: Sendable, Hashable {
    /// The `webhook-id` it came under: the same content under another id is said again.
    package let id: String
    /// The `type` it came with, for the history.
    package let type: String
    /// The text the house sent; nil when it named the parcel only. Not necessarily a number of our form.
    package let orderNumber: String?
    /// When the house says that it happened: the envelope's `timestamp`, else the signed header's.
    package let sentAt: Timestamp
    package let content: Content

    package enum Content: Sendable, Hashable {
        case message(HouseMessage.Content)
        case package(PackageUpdate)
        /// A type or a package status that we do not know: houses add values without notice.
        case unknown(reason: String)
    }

    package init(id: String, type: String, orderNumber: String?, sentAt: Timestamp, content: Content) {
        self.id = id
        self.type = type
        self.orderNumber = orderNumber
        self.sentAt = sentAt
        self.content = content
    }
}

/// What the house said of an order as a whole. Kept as a fact; all that follows from it is derived.
package struct HouseMessage: Sendable, Hashable {
    /// The `webhook-id` it came under.
    package let id: String
    package let sentAt: Timestamp
    package let content: Content

    package init(id: String, sentAt: Timestamp, content: Content) {
        self.id = id
        self.sentAt = sentAt
        self.content = content
    }

    package enum Content: Sendable, Hashable {
        case acknowledged(houseReference: String?)
        case rejected(reason: String)
        /// Replaces what was said before; empty means that nothing is backordered any more.
        case backordered(items: [ItemCount], expectedAt: String?)
        /// Nil items: all that is not shipped.
        case cancelled(reason: String?, items: [ItemCount]?)
        case cancellationRefused(reason: String?, items: [ItemCount]?)
    }
}

/// One tracking update of one parcel, as the house reported it.
package struct PackageUpdate: Sendable, Hashable {
    /// Unique within its order.
    package let packageID: String
    package let carrier: String?
    package let trackingNumber: String?
    package let trackingURL: String?
    package let status: PackageStatus
    /// Nil when the update says nothing of the content.
    package let items: [ItemCount]?
    package let occurredAt: Timestamp
    package let receivedAt: Timestamp
    package let message: String?
    package let location: String?

    package init(
        packageID: String, carrier: String?, trackingNumber: String?, trackingURL: String?, status: PackageStatus,
        items: [ItemCount]?, occurredAt: Timestamp, receivedAt: Timestamp, message: String?, location: String?
    ) {
        self.packageID = packageID
        self.carrier = carrier
        self.trackingNumber = trackingNumber
        self.trackingURL = trackingURL
        self.status = status
        self.items = items
        self.occurredAt = occurredAt
        self.receivedAt = receivedAt
        self.message = message
        self.location = location
    }

    /// Dated more than 24 hours ahead of its receipt: stored, shown flagged, and kept out of the fold.
    package var isDatedAhead: Bool { occurredAt.milliseconds - receivedAt.milliseconds > 86_400_000 }

    /// The same package, status and time are one update, however often it is told.
    package func isSame(as other: PackageUpdate) -> Bool {
        packageID == other.packageID && status == other.status && occurredAt == other.occurredAt
    }
}
