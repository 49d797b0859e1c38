import Orders
import Testing

struct TypedAddressTests {
    @Test(arguments: [
        ("TX", "TX"), ("tx", "TX"), (" Tx. ", "TX"), ("Texas", "TX"), ("tejas", "TX"), ("T.X.", "TX"),
        ("Puerto Rico", "PR"), ("NUEVA YORK", "NY"), ("washington d.c.", "DC"), ("Washington DC", "DC"),
        ("Islas Vírgenes", "VI"), ("Narnia", "Narnia"), ("", ""), ("ae", "AE"),
    ])
    func aStateIsTakenAsPeopleWriteIt(typed: String, region: String) {
        #expect(TypedAddress.region(typed) == region)
    }

    @Test(arguments: [
        ("Ala.", "AL"), ("Ariz.", "AZ"), ("Ark.", "AR"), ("Calif.", "CA"), ("Colo.", "CO"), ("Conn.", "CT"),
        ("Del.", "DE"), ("Fla.", "FL"), ("ILL", "IL"), ("Ind.", "IN"), ("Kan.", "KS"), ("Mass.", "MA"),
        ("mich", "MI"), ("Minn.", "MN"), ("Miss.", "MS"), ("Mont.", "MT"), ("Neb.", "NE"), ("Nev.", "NV"),
        ("N.Y.", "NY"), ("N. J.", "NJ"), ("N. Mex.", "NM"), ("N. Dak.", "ND"), ("Okla.", "OK"), ("Ore.", "OR"),
        ("Penn.", "PA"), ("Penna.", "PA"), ("Tenn.", "TN"), ("Tex.", "TX"), ("Wash.", "WA"), ("W. Va.", "WV"),
        ("Wis.", "WI"), ("U.S. Virgin Islands", "VI"), ("Armed Forces Americas", "AA"),
        ("armed forces europe", "AE"), ("Armed Forces – Pacific", "AP"),
    ])
    func oldShortFormsAndTheArmedForcesAreUnderstood(typed: String, region: String) {
        #expect(TypedAddress.region(typed) == region)
    }

    @Test func everyRegionHasAName() {
        for code in USRegions.all where !["AA", "AE", "AP"].contains(code) {
            #expect(TypedAddress.region(code.lowercased()) == code)
        }
        #expect(TypedAddress.region("Carolina del Norte") == "NC")
        for code in USRegions.all { #expect(USRegions.name(of: code).count > 3, "\(code)") }
        #expect(USRegions.name(of: "DC") == "District of Columbia" && USRegions.name(of: "NY") == "New York")
    }

    @Test(arguments: [
        ("62701", "62701"), (" 62701 ", "62701"), ("62701-1234", "62701-1234"), ("62701 1234", "62701-1234"),
        ("627011234", "62701-1234"), ("62701–1234", "62701-1234"), ("6270", "6270"), ("K1A 0B1", "K1A 0B1"), ("", ""),
    ])
    func aZIPCodeIsTakenWithAnySeparator(typed: String, code: String) {
        #expect(TypedAddress.postalCode(typed) == code)
    }

    @Test(arguments: [
        ("Ontario", "", true), ("", "K1A 0B1", true), ("", "k1a0b1", true), ("México", "06600", true),
        ("TX", "75001", false), ("Narnia", "123", false), ("", "", false),
    ])
    func anAddressAbroadIsToldApart(region: String, code: String, isAbroad: Bool) {
        #expect(TypedAddress.isAbroad(region: region, postalCode: code) == isAbroad)
    }
}
