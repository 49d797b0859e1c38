import Orders

extension FuzzTarget {
    /// The nine lines of an address form.
    static let address = FuzzTarget(
        "address",
        seeds: [
            "Ana María Núñez\nClinic\n1 Main St\nApt 2\nSpringfield\nIL\n62701\nUS\n(217) 555-0100 x5",
            "A\n\nb\n\nc\nPR\n00901-1234\n\n", "  \n\t\n \n\n\n\n\n\n", "a\nb\nc\nd\ne\nAE\n09001\nus\n+1 217 5550100",
        ],
        words: ["IL", "DC", "AA", "00000", "99999-9999", "e\u{301}", "\u{0085}", "\u{2029}", "\u{0}", "ß", "ﬀ"]
    ) { bytes in
        let rules = OrderRules(
            weightLimit: StatedWeight(millionths: 20_000_000, unit: .pound), countries: ["US", "CA"])
        let lines = String(decoding: bytes, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        func line(_ index: Int) -> String? { index < lines.count ? lines[index] : nil }
        var form = AddressForm()
        form.name = line(0)
        form.organization = line(1)
        form.line1 = line(2)
        form.line2 = line(3)
        form.city = line(4)
        form.region = line(5)
        form.postalCode = line(6)
        form.country = line(7)
        form.phone = line(8)
        switch form.validated(rules: rules, at: "/ship_to") {
        case .failure(let refused):
            try require(!refused.problems.isEmpty, "refused, but nothing said")
            try require(refused.problems.allSatisfy { $0.pointer.hasPrefix("/ship_to") }, "a pointer leads elsewhere")
        case .success(let shipTo): try checkAccepted(shipTo, rules: rules)
        }
    }

    private static func checkAccepted(_ shipTo: ShipTo, rules: OrderRules) throws {
        var form = AddressForm()
        form.name = shipTo.name
        form.organization = shipTo.organization
        form.line1 = shipTo.line1
        form.line2 = shipTo.line2
        form.city = shipTo.city
        form.region = shipTo.region
        form.postalCode = shipTo.postalCode
        form.country = shipTo.country
        form.phone = shipTo.phone
        guard case .success(let again) = form.validated(rules: rules, at: "/ship_to") else {
            throw Violation("what was accepted is refused when it comes again")
        }
        try require(again == shipTo, "what was accepted changes when it comes again")
        let texts = [shipTo.name, shipTo.organization, shipTo.line1, shipTo.line2, shipTo.city, shipTo.phone]
        for scalar in texts.lazy.compactMap(\.self).flatMap(\.unicodeScalars) {
            try require(scalar.properties.generalCategory != .control, "a control character was accepted")
        }
        guard shipTo.country == "US" else { return }
        try require(shipTo.region.utf8.count == 2 && [5, 10].contains(shipTo.postalCode.utf8.count), "no US address")
    }
}
