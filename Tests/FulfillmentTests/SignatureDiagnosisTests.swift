import Crypto
import Foundation
import Fulfillment
import Orders
import Testing

/// Why a signature fails. Each mistake is made here by hand, as people make it.
struct SignatureDiagnosisTests {
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private static let other = "whsec_GB8mLTQ7QklQV15lbHN6gYiPlp2kq7K5"
    private static let now = Timestamp(milliseconds: 1_800_000_000_000)
    private static let body = #"{"type":"order.placed","data":{"order":{"number":"4829-1504-75"}}}"#

    private static func code(_ signed: String, key: Data? = nil) -> Data {
        let bytes = key ?? Data(base64Encoded: String(secret.dropFirst(6))) ?? Data()
        return Data(HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: SymmetricKey(data: bytes)))
    }

    private static func headers(
        signature: String, id: String = "msg_1", timestamp: String = "1800000000"
    ) -> [(name: String, value: String)] {
        [("Webhook-Id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)]
    }

    private func codes(
        _ headers: [(name: String, value: String)], body: String = body, at now: Timestamp = now,
        secrets: [SignatureDiagnosis.NamedSecret] = [.init(name: "ours", text: secret)]
    ) -> [String] {
        SignatureDiagnosis(headers: headers, body: Array(body.utf8), secrets: secrets, at: now).findings.map(\.code)
    }

    private static func signature(over signed: String, key: Data? = nil) -> String {
        "v1," + code(signed, key: key).base64EncodedString()
    }

    private static let right = signature(over: "msg_1.1800000000.\(body)")

    @Test func aGenuineWebhookHasNoFindingsAndNamesItsSecret() {
        let diagnosis = SignatureDiagnosis(
            headers: Self.headers(signature: "v1,AAAA " + Self.right + " v2,x"), body: Array(Self.body.utf8),
            secrets: [.init(name: "old", text: Self.other), .init(name: "new", text: Self.secret)], at: Self.now)
        #expect(diagnosis.fittingSecret == "new")
        #expect(diagnosis.findings.isEmpty)
        #expect(codes(Self.headers(signature: Self.right)).isEmpty)
    }

    @Test func whatAnEncoderDidToTheBodyIsNamed() {
        let headers = Self.headers(signature: Self.right)
        let spaced = #"{"type": "order.placed", "data": {"order": {"number": "4829-1504-75"}}}"#
        #expect(codes(headers, body: spaced) == ["body_changed"])
        #expect(codes(headers, body: Self.body + "\n") == ["body_changed"])
        let signedPretty = Self.signature(over: "msg_1.1800000000." + "{\n  \"a\": [\n    1,\n    2\n  ]\n}")
        #expect(codes(Self.headers(signature: signedPretty), body: #"{"a":[1,2]}"#) == ["body_changed"])
        #expect(codes(headers, body: Self.body.replacing("4829", with: "4828")) == ["mismatch"])
    }

    @Test func aWrongSecretIsToldApartFromTheOtherDirections() {
        let theirs = Self.signature(
            over: "msg_1.1800000000.\(Self.body)", key: Data(base64Encoded: String(Self.other.dropFirst(6))))
        #expect(codes(Self.headers(signature: theirs)) == ["mismatch"])
        let both: [SignatureDiagnosis.NamedSecret] = [
            .init(name: "ours", text: Self.secret), .init(name: "theirs", text: Self.other, isOther: true),
        ]
        #expect(codes(Self.headers(signature: theirs), secrets: both) == ["wrong_secret"])
        #expect(codes(Self.headers(signature: Self.right), secrets: both).isEmpty)
    }

    @Test func aKeyThatWasNotDecodedIsRecognised() {
        for wrong in [Self.secret, String(Self.secret.dropFirst(6))] {
            let signature = Self.signature(over: "msg_1.1800000000.\(Self.body)", key: Data(wrong.utf8))
            #expect(codes(Self.headers(signature: signature)) == ["secret_not_decoded"])
        }
        let cut = [SignatureDiagnosis.NamedSecret(name: "ours", text: "whsec_abc")]
        #expect(codes(Self.headers(signature: Self.right), secrets: cut) == ["secret_malformed", "mismatch"])
    }

    @Test func theClockIsNamedWithItsDistance() throws {
        let late = Timestamp(milliseconds: Self.now.milliseconds + 400_000)
        #expect(codes(Self.headers(signature: Self.right), at: late) == ["clock"])
        #expect(codes(Self.headers(signature: Self.right), at: Self.now.adding(seconds: -400)) == ["clock"])
        #expect(codes(Self.headers(signature: Self.right), at: Self.now.adding(seconds: 300)).isEmpty)
        let milliseconds = Self.signature(over: "msg_1.1800000000000.\(Self.body)")
        #expect(
            codes(Self.headers(signature: milliseconds, timestamp: "1800000000000")) == ["timestamp_malformed"])
    }

    @Test func aMissingHeaderIsNamedAndItsLikenessToo() {
        let diagnosis = SignatureDiagnosis(
            headers: [("svix-id", "msg_1"), ("webhook-timestamp", "1800000000")], body: [], secrets: [], at: Self.now)
        #expect(diagnosis.findings.map(\.code) == ["header_missing", "header_missing"])
        #expect(diagnosis.findings[0].text.contains("svix-id"))
    }

    @Test func otherWaysToWriteOrBuildASignatureAreNamed() {
        let code = Self.code("msg_1.1800000000.\(Self.body)")
        let hexadecimal = code.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        #expect(codes(Self.headers(signature: "v1," + hexadecimal)) == ["signature_encoding"])
        #expect(codes(Self.headers(signature: code.base64EncodedString())) == ["signature_version"])
        #expect(codes(Self.headers(signature: "v1,short")) == ["signature_malformed"])
        for signed in [Self.body, "1800000000.\(Self.body)", "msg_1.\(Self.body)", "msg_11800000000\(Self.body)"] {
            #expect(codes(Self.headers(signature: Self.signature(over: signed))) == ["signed_content"])
        }
    }
}
