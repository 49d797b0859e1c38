import Crypto
import Foundation
package import Orders

/// Says why a webhook's signature fails, for the person whose code makes or checks it: tries what people get wrong most
/// often until the signature fits.
package struct SignatureDiagnosis: Sendable {
    /// A secret and where it belongs, such as "fulfillment.secrets".
    package struct NamedSecret: Sendable {
        package let name: String
        package let text: String
        /// The other direction's: if it fits, the two were swapped.
        package let isOther: Bool

        package init(name: String, text: String, isOther: Bool = false) {
            self.name = name
            self.text = text
            self.isOther = isOther
        }
    }

    package struct Finding: Sendable, Hashable {
        /// For programs: `body_changed`, `wrong_secret`, `clock`, `header_missing`, …
        package let code: String
        package let text: String
    }

    /// Empty when the webhook is genuine.
    package private(set) var findings: [Finding] = []
    /// Which of the secrets made the signature; nil when none did.
    package private(set) var fittingSecret: String?

    /// - Parameters:
    ///   - headers: as they came, names in any case.
    ///   - body: the raw bytes.
    package init(
        headers: [(name: String, value: String)], body: [UInt8], secrets: [NamedSecret], at now: Timestamp,
        toleranceSeconds: Int64 = 300
    ) {
        let id = value("webhook-id", "id", in: headers)
        let timestamp = value("webhook-timestamp", "timestamp", in: headers)
        let signature = value("webhook-signature", "signature", in: headers)
        judge(timestamp: timestamp, at: now, tolerance: toleranceSeconds)
        guard let signature, let id, let timestamp else { return }
        let candidates = codes(in: signature)
        guard !candidates.isEmpty else { return }
        for secret in secrets where WebhookSecret(secret.text) == nil {
            add("secret_malformed", "\(secret.name) is not whsec_ and the base64 (with padding) of 24 to 64 bytes.")
        }
        search(Attempt.all(id: id, timestamp: timestamp, body: body), secrets, candidates)
    }

    private mutating func add(_ code: String, _ text: String) { findings.append(Finding(code: code, text: text)) }

    // MARK: The headers

    private mutating func value(
        _ name: String, _ ending: String, in headers: [(name: String, value: String)]
    ) -> String? {
        let values = headers.filter { $0.name.lowercased() == name }.map(\.value)
        if let value = values.first, !value.isEmpty {
            if Set(values).count > 1, ending != "signature" {
                add("header_doubled", "The header \(name) is there more than once, with different values.")
            }
            return ending == "signature" ? values.joined(separator: " ") : value
        }
        let strangers = ["svix-", "x-webhook-", "x-"].map { $0 + ending }
        let relative = headers.first { strangers.contains($0.name.lowercased()) }
        add(
            "header_missing",
            "The header \(name) is missing"
                + (relative.map { "; there is \($0.name), which is not its name." }
                    ?? ": a proxy or a framework may drop it, or it was never sent."))
        return nil
    }

    private mutating func judge(timestamp: String?, at now: Timestamp, tolerance: Int64) {
        guard let timestamp else { return }
        guard let seconds = Int64(timestamp), seconds > 0 else {
            return add("timestamp_malformed", "webhook-timestamp is whole Unix seconds, such as \(now.seconds).")
        }
        let difference = seconds - now.seconds
        if abs(seconds / 1000 - now.seconds) <= tolerance {
            return add("timestamp_malformed", "webhook-timestamp is in milliseconds; it is whole seconds.")
        }
        if difference > tolerance {
            add("clock", "The timestamp is \(difference) s ahead of this clock: the sender's is fast, or ours slow.")
        } else if difference < -tolerance {
            add(
                "clock",
                "The timestamp is \(-difference) s old, more than \(tolerance): the sender's clock is slow, the "
                    + "message was held back or stored, or the timestamp was not made anew for this attempt.")
        }
    }

    /// Every signature in the header, and what is wrong with how they are written.
    private mutating func codes(in header: String) -> [Data] {
        let pieces = header.split { $0 == " " || $0 == "," || $0 == "\t" }.map(String.init)
        let isVersioned = pieces.contains("v1")
        var found: [Data] = []
        for piece in pieces where !piece.hasPrefix("v") || piece.count > 4 {
            if let bytes = Data(base64Encoded: piece), bytes.count == SHA256.byteCount {
                found.append(bytes)
            } else if let bytes = Self.hexadecimal(piece), bytes.count == SHA256.byteCount {
                add("signature_encoding", "A signature is in hexadecimal; it is base64, with padding.")
                found.append(bytes)
            } else if let bytes = Self.base64URL(piece), bytes.count == SHA256.byteCount {
                add("signature_encoding", "A signature is in base64url or without padding; it is plain base64.")
                found.append(bytes)
            }
        }
        // Others beside a good one do no harm: they may be of a version to come.
        if found.isEmpty {
            add("signature_malformed", "webhook-signature holds no \"v1,\" with the base64 of 32 bytes; was it cut?")
        } else if !isVersioned {
            add("signature_version", "The signature has no \"v1,\" before it.")
        }
        return found
    }

    private static func hexadecimal(_ text: String) -> Data? {
        guard text.utf8.count == 64 else { return nil }
        var bytes = Data()
        var rest = text[...]
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    private static func base64URL(_ text: String) -> Data? {
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4))
    }

    // MARK: The search

    private mutating func search(_ attempts: [Attempt], _ secrets: [NamedSecret], _ candidates: [Data]) {
        let keys = secrets.flatMap(Key.all)
        for attempt in attempts {
            for key in keys
            where candidates.contains(where: {
                HMAC<SHA256>.isValidAuthenticationCode($0, authenticating: attempt.bytes, using: key.key)
            }) {
                fittingSecret = key.secret.name
                findings += attempt.findings + key.findings
                return
            }
        }
        add(
            "mismatch",
            "No secret given here makes this signature over these bytes, nor over any that are often signed by mistake: "
                + "the secret is another one, or the body was changed beyond its white space. Compare the raw bytes "
                + "with those that were signed, before anything parsed them.")
    }

    /// A key, and what it means when it is the one that fits.
    private struct Key {
        let key: SymmetricKey
        let secret: NamedSecret
        let findings: [Finding]

        static func all(of secret: NamedSecret) -> [Key] {
            let other =
                secret.isOther
                ? [
                    Finding(
                        code: "wrong_secret",
                        text: "It was signed with \(secret.name), which belongs to the other direction.")
                ] : []
            let text = secret.text
            let encoded = text.hasPrefix("whsec_") ? String(text.dropFirst(6)) : text
            var keys: [Key] = []
            if let bytes = Data(base64Encoded: encoded) {
                keys.append(Key(key: SymmetricKey(data: bytes), secret: secret, findings: other))
            }
            for (wrong, how) in [(text, "the text of the secret as it is"), (encoded, "the secret's base64 text")] {
                let finding = Finding(
                    code: "secret_not_decoded",
                    text: "The key was \(how); it is the bytes that the base64 after whsec_ stands for.")
                keys.append(
                    Key(key: SymmetricKey(data: Data(wrong.utf8)), secret: secret, findings: other + [finding]))
            }
            return keys
        }
    }
}

extension SignatureDiagnosis {
    /// Bytes that may have been signed, and what it means when they were. The right ones come first, then those with one
    /// mistake.
    private struct Attempt {
        let bytes: [UInt8]
        let findings: [Finding]

        static func all(id: String, timestamp: String, body: [UInt8]) -> [Attempt] {
            let right = head("\(id).\(timestamp).")
            let bodies = variants(of: body)
            let heads: [(bytes: [UInt8], finding: Finding?)] = [
                (right, nil), ([], layout("the body alone")), (head("\(timestamp)."), layout("timestamp.body")),
                (head("\(id)."), layout("id.body")), (head("\(timestamp).\(id)."), layout("timestamp.id.body")),
                (head("\(id)\(timestamp)"), layout("the three without dots")),
            ]
            return heads.flatMap { head in
                bodies.map {
                    Attempt(bytes: head.bytes + $0.bytes, findings: [head.finding, $0.finding].compactMap { $0 })
                }
            }
        }

        private static func head(_ text: String) -> [UInt8] { Array(text.utf8) }

        private static func layout(_ what: String) -> Finding {
            Finding(code: "signed_content", text: "What was signed is \(what); it is id.timestamp.body, with dots.")
        }

        private static func changed(_ how: String) -> Finding {
            Finding(
                code: "body_changed",
                text:
                    "The body was changed after it was signed: \(how). Sign and verify the raw bytes, before anything "
                    + "parses them.")
        }

        private static func variants(of body: [UInt8]) -> [(bytes: [UInt8], finding: Finding?)] {
            let newline = UInt8(ascii: "\n")
            let trimmed = Array(body.reversed().drop { $0 == newline || $0 == 13 }.reversed())
            var variants: [(bytes: [UInt8], finding: Finding?)] = [
                (body, nil),
                (trimmed, changed("a line break was added at its end")),
                (body + [newline], changed("the line break at its end was removed")),
                (body + [13, newline], changed("the line break at its end was removed")),
                (body.filter { $0 != 13 }, changed("LF became CRLF")),
                (body.flatMap { $0 == newline ? [13, newline] : [$0] }, changed("CRLF became LF")),
            ]
            if body.starts(with: [0xEF, 0xBB, 0xBF]) {
                variants.append((Array(body.dropFirst(3)), changed("a byte order mark was put before it")))
            }
            let parsed = changed("it was parsed as JSON and written again")
            if let value = try? JSONReader.read(body) {
                variants += [("", "", ","), ("", " ", ", "), ("  ", " ", ","), ("    ", " ", ",")].map {
                    (JSONLayout(indent: $0.0, afterColon: $0.1, comma: $0.2).write(value), parsed)
                }
            }
            return variants
        }
    }
}

/// JSON as other people's encoders space it.
private struct JSONLayout {
    /// Empty: all on one line.
    let indent: String
    let afterColon: String
    let comma: String

    func write(_ value: JSONValue) -> [UInt8] { Array(text(value, depth: 0).utf8) }

    private func text(_ value: JSONValue, depth: Int) -> String {
        switch value {
        case .array(let values):
            return wrapped("[", values.map { text($0, depth: depth + 1) }, "]", depth)
        case .object(let members):
            let parts = members.map { member in
                plain(.string(member.name)) + ":" + afterColon + text(member.value, depth: depth + 1)
            }
            return wrapped("{", parts, "}", depth)
        default: return plain(value)
        }
    }

    private func wrapped(_ open: String, _ parts: [String], _ close: String, _ depth: Int) -> String {
        guard !indent.isEmpty, !parts.isEmpty else { return open + parts.joined(separator: comma) + close }
        let inner = "\n" + String(repeating: indent, count: depth + 1)
        return open + inner + parts.joined(separator: comma + inner) + "\n" + String(repeating: indent, count: depth)
            + close
    }

    private func plain(_ value: JSONValue) -> String {
        var json = JSONWriter(reserving: 64)
        json.value(value)
        return json.text
    }
}
