import Testing
import Web

@Suite struct AddressRangeTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("0.0.0.0/0", "203.0.113.9", true),
        ("192.168.1.0/25", "192.168.1.127", true), ("192.168.1.0/25", "192.168.1.128", false),
        ("203.0.113.9", "203.0.113.9", true), ("203.0.113.9", "203.0.113.8", false), ("fd00::/8", "fd12::1", true),
        ("fd00::/8", "fe80::1", false), ("::/0", "10.0.0.1", false),
    ])
    func aRangeContainsWhatSharesItsPrefix(_ range: String, _ address: String, _ contains: Bool) throws {
        let range = try #require(AddressRange(range))
        #expect(range.contains(try #require(AddressRange(address))) == contains)
    }

    @Test(arguments: [
        "", "10.0.0.0/33", "10.0.0.1/8", "10.0.0", "::/129", "a.b.c.d", "10.0.0.0/8/8", "10.0.0.0/", "1 ",
    ])
    func whatIsNoRangeIsNil(_ text: String) { #expect(AddressRange(text) == nil) }

    @Test(arguments: ["10.0.0.0/8", "0.0.0.0/0", "fd00::/8", "::1/128"])
    func aRangeReadsAsItWasWritten(_ text: String) { #expect(AddressRange(text)?.description == text) }
}
