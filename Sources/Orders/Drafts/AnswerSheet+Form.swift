extension AnswerSheet {
    /// The number of copies that a line asks for; nil when what was typed is no whole number.
    package static func copies(_ typed: String) -> Int? {
        let text = typed.trimmingSpaces()
        guard (1...7).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    /// Looks odd, but means the same: judged like a request of the API.
    package func form(in language: Language) -> OrderForm {
        var form = OrderForm()
        form.items = lines.map { RequestedItem(sku: $0.sku, quantity: Self.copies($0.copies)) }
        form.shipTo = address
        form.email = email
        form.requesterType = requester.isEmpty ? nil : requester
        form.language = language.rawValue
        return form
    }

    /// The urbanization has no field of its own on a label of ours: it goes with the apartment, in Puerto Rico alone.
    package var address: AddressForm {
        var address = AddressForm()
        address.name = name
        address.organization = organization
        address.line1 = line1
        let region = TypedAddress.region(region)
        let urbanization = region == "PR" ? (urbanization ?? "").trimmingSpaces() : ""
        let line2 = line2.trimmingSpaces()
        let named = urbanization.isEmpty || SearchText.words(of: urbanization).first == "urb"
        let parts = [line2, named ? urbanization : "URB " + urbanization].filter { !$0.isEmpty }
        address.line2 = parts.joined(separator: ", ")
        address.city = city
        address.region = region
        address.postalCode = TypedAddress.postalCode(postalCode)
        address.country = "US"
        address.phone = phone
        return address
    }

    /// The titles and copies that can be ordered now, for the weight: lines that are no number, or whose title is gone,
    /// weigh nothing.
    package func counted(in catalog: Catalog) -> [(title: Title, copies: Int)] {
        lines.compactMap { line in
            guard let title = catalog[line.sku], title.available, let copies = Self.copies(line.copies) else {
                return nil
            }
            return (title, copies)
        }
    }
}

extension Weight {
    package static func total(_ lines: [(title: Title, copies: Int)]) -> Weight {
        lines.reduce(.zero) { $0 + $1.title.unitWeight.weight * $1.copies }
    }

    /// For each line, the most copies that fit beside the others.
    package static func copiesThatFit(_ lines: [(title: Title, copies: Int)], limit: Weight) -> [Int] {
        RequestedItems.quantitiesThatFit(lines.map { ($0.title, $0.copies) }, limit: limit)
    }
}
