/// An address as it was typed: right in shape, not yet judged.
package struct AddressForm: Sendable, Hashable {
    package var name: String?
    package var organization: String?
    package var line1: String?
    package var line2: String?
    package var city: String?
    package var region: String?
    package var postalCode: String?
    package var country: String?
    package var phone: String?

    package init() {}

    /// Reads `ship_to`'s members.
    /// - Throws: `MalformedRequest` with every wrong type.
    package static func read(_ json: JSONValue, at pointer: String) throws(MalformedRequest) -> AddressForm {
        var reader = FieldReader()
        reader.root(json)
        let form = read(json, at: pointer, with: &reader)
        try reader.finish()
        return form
    }

    static func read(_ json: JSONValue?, at pointer: String, with reader: inout FieldReader) -> AddressForm {
        var form = AddressForm()
        form.name = reader.string(json, "name", at: pointer)
        form.organization = reader.string(json, "organization", at: pointer)
        form.line1 = reader.string(json, "line1", at: pointer)
        form.line2 = reader.string(json, "line2", at: pointer)
        form.city = reader.string(json, "city", at: pointer)
        form.region = reader.string(json, "region", at: pointer)
        form.postalCode = reader.string(json, "postal_code", at: pointer)
        form.country = reader.string(json, "country", at: pointer)
        form.phone = reader.string(json, "phone", at: pointer)
        return form
    }

    /// The address, or every problem with it.
    package func validated(rules: OrderRules, at pointer: String) -> Result<ShipTo, InvalidFields> {
        var judge = FieldJudge()
        guard let shipTo = judged(by: &judge, rules: rules, at: pointer) else {
            return .failure(InvalidFields(problems: judge.problems))
        }
        return .success(shipTo)
    }

    /// Nil when the judge found a problem.
    func judged(by judge: inout FieldJudge, rules: OrderRules, at pointer: String) -> ShipTo? {
        let before = judge.problems.count
        let name = judge.required(self.name, at: "\(pointer)/name", maximum: 100, "tell us who the parcel is for")
        let organization = judge.text(self.organization, at: "\(pointer)/organization", maximum: 100)
        let line1 = judge.required(
            self.line1, at: "\(pointer)/line1", maximum: 100, "enter the street address or PO box")
        let line2 = judge.text(self.line2, at: "\(pointer)/line2", maximum: 100)
        let city = judge.required(self.city, at: "\(pointer)/city", maximum: 60, "enter the city")
        let phone = judge.text(self.phone, at: "\(pointer)/phone", maximum: 30)
        if let phone, !Self.isPhone(phone) {
            judge.refuse(
                "\(pointer)/phone", "invalid_phone", "enter a phone number with its area code, or leave it out")
        }
        let country = (judge.text(self.country, at: "\(pointer)/country", maximum: 60) ?? "US").uppercased()
        guard rules.countries.contains(country) else {
            let allowed = rules.countries.sorted().joined(separator: ", ")
            judge.refuse("\(pointer)/country", "unsupported_country", "we mail to \(allowed) only")
            return nil
        }
        let (region, postalCode) = country == "US" ? domestic(&judge, pointer) : abroad(&judge, pointer)
        guard judge.problems.count == before, let name, let line1, let city else { return nil }
        return ShipTo(
            name: name, organization: organization, line1: line1, line2: line2, city: city, region: region,
            postalCode: postalCode, country: country, phone: phone)
    }

    private func domestic(_ judge: inout FieldJudge, _ pointer: String) -> (region: String, postalCode: String) {
        let region = judge.required(
            self.region, at: "\(pointer)/region", maximum: 60, "choose the state or territory")?.uppercased()
        let zip = judge.required(self.postalCode, at: "\(pointer)/postal_code", maximum: 10, "enter the ZIP code")
        let regionKnown = region.map(USRegions.all.contains) ?? false
        if region != nil && !regionKnown {
            judge.refuse(
                "\(pointer)/region", "unknown_region",
                "use the two letters of a state, DC, PR, GU, VI, AS, MP, AA, AE or AP")
        }
        guard let zip else { return (region ?? "", "") }
        guard let prefix = Self.zipPrefix(zip) else {
            judge.refuse(
                "\(pointer)/postal_code", "invalid_postal_code", "enter five digits, or nine as in 62701-1234")
            return (region ?? "", zip)
        }
        if regionKnown, let region, !USRegions.fits(zipPrefix: prefix, region: region) {
            let regions = USRegions.regions(zipPrefix: prefix).joined(separator: " or ")
            judge.refuse(
                "\(pointer)/postal_code", "postal_code_region_mismatch",
                "this ZIP code belongs to \(regions); check it and the state")
        }
        return (region ?? "", zip)
    }

    private func abroad(_ judge: inout FieldJudge, _ pointer: String) -> (region: String, postalCode: String) {
        let region = judge.text(self.region, at: "\(pointer)/region", maximum: 60) ?? ""
        let postalCode = judge.text(self.postalCode, at: "\(pointer)/postal_code", maximum: 10) ?? ""
        return (region, postalCode)
    }

    /// The first three digits of a ZIP or ZIP+4; nil for anything else.
    private static func zipPrefix(_ zip: String) -> Int? {
        let bytes = Array(zip.utf8)
        func digits(_ range: Range<Int>) -> Bool { bytes[range].allSatisfy { (48...57).contains($0) } }
        guard bytes.count == 5 || bytes.count == 10 && bytes[5] == UInt8(ascii: "-") && digits(6..<10),
            digits(0..<5)
        else { return nil }
        return bytes[0..<3].reduce(0) { $0 * 10 + Int($1 - 48) }
    }

    /// Seven digits or more among the signs people write phone numbers with, an extension included.
    private static func isPhone(_ text: String) -> Bool {
        let digits = text.utf8.count { (48...57).contains($0) }
        return digits >= 7 && text.utf8.allSatisfy { (48...57).contains($0) || "+-()./ #,xXeEtT".utf8.contains($0) }
    }
}
