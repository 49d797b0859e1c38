/// One accepted request to one address: a promise. What is fixed when it is placed, and the facts gathered since.
package struct Order: Sendable, Hashable {
    package let id: OrderID
    package let number: OrderNumber
    package let statusToken: StatusToken
    package let placedAt: Timestamp
    package var updatedAt: Timestamp
    /// As they were when the order was placed, in the order of the request; the catalog may change since.
    package let lines: [LineItem]
    /// The limit in force when the order was placed; totals are stated in its unit.
    package let weightLimit: StatedWeight
    package var shipTo: ShipTo
    package let email: String?
    package let requesterType: RequesterType
    package let language: Language
    package let notes: String?
    /// The order that this one sends again.
    package let reshipOf: OrderNumber?
    package var facts: OrderFacts

    package init(
        id: OrderID, number: OrderNumber, statusToken: StatusToken, placedAt: Timestamp, updatedAt: Timestamp,
        lines: [LineItem], weightLimit: StatedWeight, shipTo: ShipTo, email: String?, requesterType: RequesterType,
        language: Language, notes: String?, reshipOf: OrderNumber?, facts: OrderFacts
    ) {
        self.id = id
        self.number = number
        self.statusToken = statusToken
        self.placedAt = placedAt
        self.updatedAt = updatedAt
        self.lines = lines
        self.weightLimit = weightLimit
        self.shipTo = shipTo
        self.email = email
        self.requesterType = requesterType
        self.language = language
        self.notes = notes
        self.reshipOf = reshipOf
        self.facts = facts
    }

    /// Goods only, no packaging.
    package var totalWeight: Weight { lines.reduce(.zero) { $0 + $1.weight } }

    /// Stated in the unit of the limit, rounded up.
    package var statedTotalWeight: StatedWeight { totalWeight.stated(in: weightLimit.unit, rounded: .up) }

    package var copies: Int { lines.reduce(0) { $0 + $1.quantity } }
}

/// A SKU and a quantity, with a snapshot of title and unit weight taken when the order was placed.
package struct LineItem: Sendable, Hashable {
    package let sku: String
    package let title: String
    package let language: String
    package let quantity: Int
    package let unitWeight: StatedWeight

    package init(sku: String, title: String, language: String, quantity: Int, unitWeight: StatedWeight) {
        self.sku = sku
        self.title = title
        self.language = language
        self.quantity = quantity
        self.unitWeight = unitWeight
    }

    package init(_ title: Title, quantity: Int) {
        self.init(
            sku: title.sku, title: title.title, language: title.language, quantity: quantity,
            unitWeight: title.unitWeight)
    }

    package var weight: Weight { unitWeight.weight * quantity }

    /// The line's weight in its title's own unit: exact.
    package var statedWeight: StatedWeight {
        StatedWeight(millionths: unitWeight.millionths * Int128(quantity), unit: unitWeight.unit)
    }

    /// The contract's line: `{"sku", "title", "language", "quantity", "unit_weight", "weight"}`.
    package func writeMembers(to json: inout JSONWriter) {
        json.field("sku", sku)
        json.field("title", title)
        json.field("language", language)
        json.field("quantity", quantity)
        json.field("unit_weight", unitWeight)
        json.field("weight", statedWeight)
    }
}

/// Where the parcel goes. Text is trimmed, NFC-normalised and within its length before it gets here.
package struct ShipTo: Sendable, Hashable {
    package let name: String
    package let organization: String?
    package let line1: String
    package let line2: String?
    package let city: String
    /// Two letters: a state, DC, a territory or AA, AE, AP.
    package let region: String
    /// `62701` or `62701-1234`.
    package let postalCode: String
    /// ISO 3166-1 alpha-2.
    package let country: String
    package let phone: String?

    package init(
        name: String, organization: String?, line1: String, line2: String?, city: String, region: String,
        postalCode: String, country: String, phone: String?
    ) {
        self.name = name
        self.organization = organization
        self.line1 = line1
        self.line2 = line2
        self.city = city
        self.region = region
        self.postalCode = postalCode
        self.country = country
        self.phone = phone
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.field("name", name)
            $0.field("organization", organization)
            $0.field("line1", line1)
            $0.field("line2", line2)
            $0.field("city", city)
            $0.field("region", region)
            $0.field("postal_code", postalCode)
            $0.field("country", country)
            $0.field("phone", phone)
        }
    }
}

package enum RequesterType: String, Sendable, CaseIterable {
    case patient, caregiver, survivor, organization, other
    case healthProfessional = "health_professional"
}

/// The language of the pages and letters an orderer gets.
package enum Language: String, Sendable, CaseIterable {
    case english = "en"
    case spanish = "es"
}
