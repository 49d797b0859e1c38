import Orders
import Testing

@Suite struct AddressTests {
    private func problems(_ region: String, _ zip: String, country: String? = "US") -> [String] {
        var form = AddressForm()
        form.name = "A"
        form.line1 = "1"
        form.city = "C"
        form.region = region
        form.postalCode = zip
        form.country = country
        switch form.validated(rules: Sample.rules, at: "/ship_to") {
        case .success: return []
        case .failure(let invalid): return invalid.problems.map(\.code)
        }
    }

    /// A post office of each region, from the Postal Service's own examples.
    @Test(arguments: [
        ("AL", "35203"), ("AK", "99501"), ("AZ", "85001"), ("AR", "72201"), ("CA", "90012"), ("CA", "96150"),
        ("CO", "80202"), ("CT", "06103"), ("DE", "19901"), ("DC", "20001"), ("FL", "33101"), ("GA", "30303"),
        ("GA", "39901"), ("HI", "96813"), ("ID", "83702"), ("IL", "62701"), ("IN", "46204"), ("IA", "50309"),
        ("KS", "66603"), ("KY", "40601"), ("LA", "70112"), ("ME", "04330"), ("MD", "21401"), ("MA", "02108"),
        ("MA", "05501"), ("MI", "48933"), ("MN", "55102"), ("MS", "39201"), ("MO", "65101"), ("MT", "59601"),
        ("NE", "68502"), ("NV", "89501"), ("NH", "03301"), ("NJ", "08608"), ("NM", "87501"), ("NY", "10001"),
        ("NY", "00501"), ("NY", "06390"), ("NC", "27601"), ("ND", "58501"), ("OH", "43215"), ("OK", "73102"),
        ("OR", "97301"), ("PA", "17101"), ("RI", "02903"), ("SC", "29201"), ("SD", "57501"), ("TN", "37201"),
        ("TX", "78701"), ("TX", "73301"), ("TX", "88510"), ("UT", "84111"), ("VT", "05601"), ("VA", "23219"),
        ("VA", "20041"), ("VA", "20598"), ("TX", "73960"), ("OK", "73932"),
        ("WA", "98501"), ("WV", "25301"), ("WI", "53703"), ("WY", "82001"), ("WY", "83414"),
        ("PR", "00901"), ("VI", "00802"), ("GU", "96910"), ("MP", "96950"), ("AS", "96799"), ("AA", "34004"),
        ("AE", "09012"), ("AP", "96201"), ("IL", "62701-1234"),
    ])
    func aRealZIPFitsItsRegion(region: String, zip: String) {
        #expect(problems(region, zip) == [])
    }

    @Test func everyRegionIsCovered() { #expect(USRegions.all.count == 59) }

    @Test(arguments: [("NY", "62701"), ("AE", "96201"), ("GU", "96799"), ("PR", "33101"), ("FL", "34004")])
    func aZIPOfAnotherRegionIsRefused(region: String, zip: String) {
        #expect(problems(region, zip) == ["postal_code_region_mismatch"])
    }

    @Test func anUnknownPrefixIsAccepted() {
        #expect(problems("IL", "21301") == [] && problems("VT", "00001") == [] && problems("FL", "41901") == [])
    }

    @Test(arguments: ["6270", "627011", "62701-", "62701-123", "ABCDE", "62701 1234", "６２７０１"])
    func whatIsNoZIPIsRefused(zip: String) { #expect(problems("IL", zip) == ["invalid_postal_code"]) }

    @Test func anotherCountryIsRefusedUnlessConfigured() {
        #expect(problems("ON", "K1A 0B1", country: "CA") == ["unsupported_country"])
        var form = AddressForm()
        (form.name, form.line1, form.city, form.region, form.postalCode, form.country) = (
            "A", "1", "Ottawa", "ON", "K1A 0B1", "ca"
        )
        let rules = OrderRules(weightLimit: Sample.limit, countries: ["US", "CA"])
        #expect(throws: Never.self) { try form.validated(rules: rules, at: "").get() }
    }
}
