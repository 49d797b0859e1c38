import Foundation
import Fulfillment
import Logging
import Orders
import Web

// How each kind of setting is read. All of them get the text without surrounding white space.

extension Reading where Value == Int {
    static func whole(_ range: ClosedRange<Int>, zeroMeans: String? = nil) -> Reading {
        let zero = zeroMeans.map { "; 0 means \($0)" } ?? ""
        return Reading(allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)\(zero)") { text in
            guard text.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int(text) else { return nil }
            return range.contains(value) ? value : nil
        }
    }
}

extension Reading where Value == String {
    /// One line of text for people.
    static let text = Reading(allowed: "one line of text, at most 300 characters") { text in
        let isOneLine = !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
        return (1...300).contains(text.count) && isOneLine ? text : nil
    }

    static let path = Reading(allowed: "the path of a file") { $0.isEmpty || $0.utf8.contains(0) ? nil : $0 }

    static let host = Reading(allowed: "an IP address or a host name") { text in
        let isHost = text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || ".-:%_".utf8.contains(byte)
        }
        return !text.isEmpty && text.utf8.count <= 253 && isHost ? text : nil
    }

    /// Yields the URL without a closing slash.
    static let secureURL = Reading(allowed: "an https:// URL, or http:// to a loopback address") { text in
        guard let parts = WebAddress(text), parts.isSecureOrLoopback else { return nil }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    /// Yields the path.
    static let database = Reading(allowed: "sqlite:PATH") { text in
        guard text.hasPrefix("sqlite:") else { return nil }
        let path = String(text.dropFirst("sqlite:".count))
        let isPath = !path.isEmpty && !path.hasPrefix("//") && !path.hasPrefix(":") && !path.hasSuffix("/")
        return isPath && !path.utf8.contains(0) ? path : nil
    }

    static let timeZone = Reading(allowed: "a time zone's name, such as America/New_York") { text in
        TimeZone.knownTimeZoneIdentifiers.contains(text) || text == "UTC" ? text : nil
    }
}

extension Reading where Value == [String] {
    static let origins = list(of: "origins, such as https://www.example.org, with commas between") { text in
        guard let address = WebAddress(text), address.isOrigin else { return nil }
        return text
    }

    static let countries = list(of: "two-letter country codes with commas between, such as US, CA", atLeast: 1) {
        $0.utf8.count == 2 && $0.utf8.allSatisfy { (65...90).contains($0) } ? $0 : nil
    }
}

extension Reading where Value == [AddressRange] {
    static let ranges = Reading<[AddressRange]>.list(
        of: "address ranges such as 10.0.0.0/8 or ::1/128 with commas between", AddressRange.init)
}

extension Reading where Value == [WebhookSecret] {
    static let secrets = Reading<[WebhookSecret]>.list(
        of: "secrets whsec_<base64 of 24 to 64 bytes> with commas between, newest first", atLeast: 1,
        WebhookSecret.init)
}

extension Reading where Value == StatedWeight {
    /// The upper end keeps a limit plausible: no post takes ten thousand pounds.
    static let weight = Reading(allowed: "a weight such as 20 lb, 320 oz, 9 kg or 9000 g, at most 10000 lb") { text in
        guard let stated = StatedWeight(parsing: text),
            let most = StatedWeight(parsing: "10000 lb"), stated.weight <= most.weight
        else { return nil }
        return stated
    }
}

extension Reading where Value == Logger.Level {
    static let level = choice(Logger.Level.allCases)
}

extension Reading where Value == LogFormat {
    static let format = choice(LogFormat.allCases)
}

extension Reading where Value: RawRepresentable, Value.RawValue == String {
    static func choice(_ cases: [Value]) -> Reading {
        Reading(allowed: "one of " + cases.map(\.rawValue).joined(separator: ", ")) { Value(rawValue: $0) }
    }
}

extension Reading {
    /// Items with commas between; nothing at all is the empty list.
    static func list<Item: Sendable>(
        of allowed: String, atLeast minimum: Int = 0, _ item: @escaping @Sendable (String) -> Item?
    ) -> Reading where Value == [Item] {
        Reading(allowed: allowed) { text in
            if text.isEmpty { return minimum == 0 ? [] : nil }
            let texts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            let items = texts.compactMap { item($0.trimmingCharacters(in: .whitespaces)) }
            return items.count == texts.count && items.count >= minimum ? items : nil
        }
    }
}
