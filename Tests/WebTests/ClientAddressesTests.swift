import HTTPTypes
import NIOCore
import Testing

@testable import Web

/// Whom a request is counted for.
struct ClientAddressesTests {
    private static let addresses = ClientAddresses(
        trustedProxies: ["10.0.0.0/8", "192.168.1.1", "2001:db8:ffff::/48"].compactMap { AddressRange($0) })

    /// The peer, the lines of `X-Forwarded-For`, and the address that counts.
    static let rows: [(peer: String, lines: [String], counts: String)] = [
        ("203.0.113.9", [], "203.0.113.9"),
        // Nobody believes a stranger.
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1, 10.0.0.1"], "203.0.113.9"),
        // One proxy, several, in one line or in more.
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 192.168.1.1, 10.9.9.9"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1", "192.168.1.1", "10.9.9.9"], "198.51.100.1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("2001:db8:ffff::1", ["2001:db8:1:2::3"], "2001:db8:1:2::9"),
        // What stands left of the last stranger is hearsay, and may be anything.
        ("10.0.0.1", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.7, 198.51.100.1, 192.168.1.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["unknown, <script>, 198.51.100.1"], "198.51.100.1"),
        // A port, brackets, white space, IPv4 in IPv6's clothes.
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8:1:2::3]:4711"], "2001:db8:1:2::3"),
        ("10.0.0.1", ["[2001:db8:1:2::3]"], "2001:db8:1:2::3"),
        ("10.0.0.1", ["\t 198.51.100.1 \t,\t10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        // Something else in the decisive place: the proxy counts, and with it all that come so.
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1,"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, _hidden"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.256"], "10.0.0.1"),
        ("10.0.0.1", ["198.51. 100.1"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1:http"], "10.0.0.1"),
        ("10.0.0.1", ["[2001:db8::1"], "10.0.0.1"),
        ("10.0.0.1", ["[2001:db8::1]x"], "10.0.0.1"),
        ("10.0.0.1", ["fe80::1%eth0"], "10.0.0.1"),
        ("10.0.0.1", ["0x7f.1"], "10.0.0.1"),
        // Nobody but proxies.
        ("10.0.0.1", ["10.0.0.2, 10.0.0.3"], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
    ]

    @Test(arguments: rows.indices) func aRequestCountsForItsClient(index: Int) throws {
        let row = Self.rows[index]
        var headers: HTTPFields = [:]
        for line in row.lines { headers.append(HTTPField(name: .init("X-Forwarded-For")!, value: line)) }
        let peer = try SocketAddress(ipAddress: row.peer, port: 1)
        let expected = ClientAddress(try #require(AddressRange.bytes(of: row.counts)))
        #expect(Self.addresses.address(of: headers, from: peer) == expected)
    }

    @Test func aHouseholdOfIPv6IsOneClientAndNeighboursAreNot() throws {
        func client(_ text: String) throws -> ClientAddress? {
            ClientAddress(try #require(AddressRange.bytes(of: text)))
        }
        #expect(try client("2001:db8:1:2::1") == client("2001:db8:1:2:ffff:ffff:ffff:ffff"))
        #expect(try client("2001:db8:1:2::1") != client("2001:db8:1:3::1"))
        #expect(try client("192.0.2.1") != client("192.0.2.2"))
        #expect(try client("::ffff:192.0.2.1") == client("192.0.2.1"))
        // The first eight bytes of one are no other's.
        #expect(try client("0:0:0:c000:201::") != client("192.0.2.1"))
        #expect(ClientAddress([]) == nil)
    }

    /// Only as much is read as is believed: a client may send what it likes before the proxy adds its word.
    @Test func aLongListIsNotReadThrough() throws {
        var headers: HTTPFields = [:]
        let hearsay = String(repeating: "1.1.1.1,", count: 4000)
        headers.append(HTTPField(name: .init("X-Forwarded-For")!, value: hearsay + "198.51.100.1"))
        let peer = try SocketAddress(ipAddress: "10.0.0.1", port: 1)
        let time = ContinuousClock().measure {
            for _ in 0..<10_000 { _ = Self.addresses.address(of: headers, from: peer) }
        }
        // 4,000 hops each time would be minutes.
        #expect(time < .seconds(10))
    }
}
