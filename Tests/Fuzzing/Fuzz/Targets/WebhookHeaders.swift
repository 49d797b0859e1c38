import Fulfillment
import Orders

extension FuzzTarget {
    /// The headers of a webhook and its body: four lines. Nothing is believed that was not signed, whatever is signed
    /// is, and one bit makes the difference.
    static let webhookHeaders = FuzzTarget(
        "webhook-headers",
        seeds: [
            "msg_1\n1790000000\nv1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n{}",
            "msg_2\n1790000299\nv1,x v1a,AAAA v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,v1\n{\"type\":\"x\"}",
            "\n\n\n", "id\n-1\nv1,\n", "id\n99999999999999999999\nv1\tv1\n ",
        ],
        words: ["v1,", "v1a,", " v1,", "=", "whsec_", "1790000000", "\u{0}", "\r"]
    ) { bytes in
        let parts = bytes.split(separator: 0x0A, maxSplits: 3, omittingEmptySubsequences: false).map(Array.init)
        let texts = parts.prefix(3).map { String(decoding: $0, as: UTF8.self) }
        let body = parts.count == 4 ? parts[3] : []
        let verifier = WebhookVerifier(secrets: [secret])
        if texts.count == 3 {
            let verdict = verifier.verify(
                id: texts[0], timestamp: texts[1], signature: texts[2], body: body, at: now)
            if case .success = verdict { throw Violation("believed what nobody signed") }
            _ = verifier.verify(
                ids: [texts[0], texts[2]], timestamps: [texts[1]], signatures: [texts[2], texts[0]], body: body, at: now
            )
        }
        try checkGenuine(id: texts[0], body: body, by: verifier)
    }

    private static let secret = WebhookSecret.random()
    private static let now = Timestamp(milliseconds: 1_790_000_000_000)

    private static func checkGenuine(id: String, body: [UInt8], by verifier: WebhookVerifier) throws {
        guard (1...256).contains(id.utf8.count), id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return }
        let headers = WebhookSigner(secrets: [secret]).headers(id: id, at: now, body: body).map(\.value)
        func verdict(_ id: String, _ body: [UInt8], at time: Timestamp) -> Bool {
            let verdict = verifier.verify(id: id, timestamp: headers[1], signature: headers[2], body: body, at: time)
            return if case .success = verdict { true } else { false }
        }
        try require(verdict(id, body, at: now), "did not believe what was signed")
        try require(!verdict(id + "x", body, at: now), "believed another id")
        try require(!verdict(id, body, at: now.adding(seconds: 301)), "believed a stale message")
        try require(!verdict(id, body, at: now.adding(seconds: -301)), "believed a message of the future")
        guard !body.isEmpty else { return try require(!verdict(id, [0], at: now), "believed a longer body") }
        var changed = body
        changed[body.count / 2] ^= 1
        try require(!verdict(id, changed, at: now), "believed a changed body")
    }
}
