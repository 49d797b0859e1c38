import Fulfillment
import Orders
import Testing

struct SigningTests {
    struct Vector: Sendable {
        let secret: String
        let id: String
        let seconds: Int64
        let body: String
        let signature: String
    }

    /// The first is the specification's own; the others were made by the PyPI package `standardwebhooks` and by
    /// Python's hmac, which agreed.
    static let vectors = [
        Vector(
            secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            seconds: 1_614_265_330, body: "{\"test\": 2432232314}",
            signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        Vector(
            secret: "whsec_GB8mLTQ7QklQV15lbHN6gYiPlp2kq7K5", id: "msg_0000000000000001", seconds: 1_800_000_000,
            body: "", signature: "v1,3liKvh5hjmANBMpIH8oA+jGHJzpLmOCPBnZZ3MMeNPE="),
        Vector(
            secret: "whsec_GB8mLTQ7QklQV15lbHN6gYiPlp2kq7K5", id: "msg_7fffffffffffffff", seconds: 1_799_999_999,
            body: "{\"name\":\"Zoë \u{0} 😀\"}", signature: "v1,QxpDFObvjMsaYxj0oodTuJgIdLOLCenIkUFSWMYnMwI="),
        Vector(
            secret: "whsec_ICcuNTxDSlFYX2ZtdHuCiZCXnqWss7rByM/W3eTr8vk=", id: "msg_7fffffffffffffff",
            seconds: 1_799_999_999, body: "{\"name\":\"Zoë \u{0} 😀\"}",
            signature: "v1,SqZ8X4a43H+Ag8qu+zSdEvFMoOoduPudnEiOtp5q1hY="),
        Vector(
            secret: "whsec_QEdOVVxjanF4f4aNlJuiqbC3vsXM09rh6O/2/QQLEhkgJy41PENKUVhfZm10e4KJkJeepayzusHIz9bd5Ovy+Q==",
            id: "msg_0000000000000001", seconds: 1_800_000_000, body: "",
            signature: "v1,pNQuADIuBtVBhqgehRzlgSscl4atB43lEovB5iI0Znc="),
    ]

    @Test(arguments: vectors)
    func aSignatureIsWhatOthersMake(vector: Vector) throws {
        let signer = WebhookSigner(secrets: [try #require(WebhookSecret(vector.secret))])
        let time = Timestamp(milliseconds: vector.seconds * 1000 + 999)
        let headers = signer.headers(id: vector.id, at: time, body: Array(vector.body.utf8))
        #expect(headers.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
        #expect(headers.map(\.value) == [vector.id, String(vector.seconds), vector.signature])
    }

    @Test func everyLiveSecretSignsTheNewestFirst() throws {
        let vectors = [Self.vectors[4], Self.vectors[1]]
        let signer = WebhookSigner(secrets: try vectors.map { try #require(WebhookSecret($0.secret)) })
        let headers = signer.headers(
            id: "msg_0000000000000001", at: Timestamp(milliseconds: 1_800_000_000_000), body: [])
        #expect(headers[2].value == "\(vectors[0].signature) \(vectors[1].signature)")
    }

    @Test(arguments: [
        "", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa==", "whsec_" + "A A=",
        " whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
        "whsec_" + String(repeating: "AAAA", count: 21) + "AAA=",
    ])
    func whatIsNoSecretIsRefused(text: String) { #expect(WebhookSecret(text) == nil) }

    @Test func aRandomSecretIsReadBackAndUnlikeTheNext() throws {
        let secret = WebhookSecret.random()
        #expect(try #require(WebhookSecret(secret.text)) == secret)
        #expect(WebhookSecret.random().text != secret.text)
    }

    @Test func aSecretNeverPrintsItself() throws {
        let text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        let secret = try #require(WebhookSecret(text))
        var dumped = ""
        dump(["secret": secret], to: &dumped)
        dump(WebhookSigner(secrets: [secret]), to: &dumped)
        let printed = "\(secret) \([secret]) \(WebhookSigner(secrets: [secret])) \(String(reflecting: secret))" + dumped
        #expect(!printed.contains("MfKQ"))
        #expect(printed.contains(secret.fingerprint))
        #expect(secret.fingerprint.utf8.count == 8)
        #expect(secret.fingerprint != WebhookSecret.random().fingerprint)
    }
}
