import Fulfillment
import Orders
import Testing

struct VerifierTests {
    private let old = WebhookSecret.random()
    private let new = WebhookSecret.random()
    private let body = Array("{\"type\":\"order.acknowledged\"}".utf8)
    private let now = Timestamp(milliseconds: 1_800_000_000_500)
    private var verifier: WebhookVerifier { WebhookVerifier(secrets: [new, old]) }

    private func signature(_ secret: WebhookSecret, at time: Timestamp? = nil, id: String = "msg_1") -> String {
        WebhookSigner(secrets: [secret]).headers(id: id, at: time ?? now, body: body)[2].value
    }

    private func problem(
        id: String? = "msg_1", timestamp: String? = "1800000000", signature: String?, body: [UInt8]? = nil
    ) -> SignatureProblem? {
        switch verifier.verify(id: id, timestamp: timestamp, signature: signature, body: body ?? self.body, at: now) {
        case .success: nil
        case .failure(let problem): problem
        }
    }

    @Test(arguments: SigningTests.vectors)
    func whatOthersSignedIsBelieved(vector: SigningTests.Vector) throws {
        let verifier = WebhookVerifier(secrets: [try #require(WebhookSecret(vector.secret))])
        let result = verifier.verify(
            id: vector.id, timestamp: String(vector.seconds), signature: vector.signature,
            body: Array(vector.body.utf8), at: Timestamp(milliseconds: vector.seconds * 1000))
        #expect(try result.get().id == vector.id)
        #expect(try result.get().signedAt == Timestamp(milliseconds: vector.seconds * 1000))
    }

    @Test func anyLiveSecretMayVerify() {
        #expect(problem(signature: signature(new)) == nil)
        #expect(problem(signature: signature(old)) == nil)
        #expect(problem(signature: signature(.random())) == .mismatch)
    }

    @Test func oneGoodSignatureAmongOthersIsEnough() {
        let good = signature(new)
        #expect(problem(signature: "\(signature(.random())) \(good)") == nil)
        #expect(problem(signature: "v1a,abc v2,\(String(repeating: "A", count: 44)) \(good)") == nil)
        #expect(problem(signature: "v1, v1,!!! \(good)") == nil)
        // As a proxy joins repeated headers.
        #expect(problem(signature: "\(signature(.random())),\(good)") == nil)
        #expect(problem(signature: "\(signature(.random())), \(good)") == nil)
    }

    @Test func aGoodSignatureOfAnotherVersionIsNoneOfOurs() {
        let foreign = "v2," + signature(new).dropFirst(3)
        #expect(problem(signature: foreign) == .malformedSignature)
    }

    @Test(arguments: ["v1", "v1,", ",", " ", "abc", "v1,abc", "v1;g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="])
    func whatIsNoSignatureIsMalformed(text: String) { #expect(problem(signature: text) == .malformedSignature) }

    @Test func everyMissingHeaderIsNamed() {
        let good = signature(new)
        #expect(problem(id: nil, signature: good) == .missingID)
        #expect(problem(id: "", signature: good) == .missingID)
        #expect(problem(timestamp: nil, signature: good) == .missingTimestamp)
        #expect(problem(signature: nil) == .missingSignature)
        #expect(problem(signature: "") == .missingSignature)
    }

    @Test(arguments: ["-1800000000", "1800000000.5", "0x6b49d200", "18e8", " 1800000000", "99999999999999999999", "١٨"])
    func whatIsNoTimeIsMalformed(text: String) {
        #expect(problem(timestamp: text, signature: signature(new)) == .malformedTimestamp)
    }

    @Test(arguments: ["msg 1", "msg\u{e9}", "m\u{0}", String(repeating: "m", count: 257)])
    func whatIsNoIdentifierIsMalformed(text: String) {
        #expect(problem(id: text, signature: signature(new, id: text)) == .malformedID)
    }

    @Test func fiveMinutesEitherWayAreTolerated() {
        for (offset, expected) in [
            (-300, nil), (-301, SignatureProblem.stale), (300, nil), (301, .future), (-1_799_000_000, .stale),
        ] as [(Int64, SignatureProblem?)] {
            let time = Timestamp(milliseconds: (1_800_000_000 + offset) * 1000)
            let found = problem(timestamp: String(time.seconds), signature: signature(new, at: time))
            #expect(found == expected, "\(offset) s")
        }
    }

    @Test func everythingThatIsSignedCounts() {
        let good = signature(new)
        #expect(problem(id: "msg_2", signature: good) == .mismatch)
        #expect(problem(timestamp: "1800000001", signature: good) == .mismatch)
        #expect(problem(signature: good, body: body + [0x20]) == .mismatch)
        // The same JSON, written anew.
        #expect(problem(signature: good, body: Array("{\"type\": \"order.acknowledged\"}".utf8)) == .mismatch)
        for index in body.indices {
            var changed = body
            changed[index] ^= 1
            #expect(problem(signature: good, body: changed) == .mismatch)
        }
    }

    @Test func repeatedHeadersMustNotContradict() {
        func problem(
            ids: [String] = ["msg_1"], timestamps: [String] = ["1800000000"], signatures: [String]
        ) -> SignatureProblem? {
            switch verifier.verify(ids: ids, timestamps: timestamps, signatures: signatures, body: body, at: now) {
            case .success: nil
            case .failure(let problem): problem
            }
        }
        let good = signature(new)
        #expect(problem(signatures: [good]) == nil)
        #expect(problem(signatures: [signature(.random()), good]) == nil)
        #expect(problem(ids: ["msg_1", "msg_1"], signatures: [good, good]) == nil)
        #expect(problem(ids: ["msg_1", "msg_2"], signatures: [good]) == .malformedID)
        #expect(problem(timestamps: ["1800000000", "1800000001"], signatures: [good]) == .malformedTimestamp)
        #expect(problem(ids: [], signatures: [good]) == .missingID)
        #expect(problem(timestamps: [], signatures: [good]) == .missingTimestamp)
        #expect(problem(signatures: []) == .missingSignature)
    }

    @Test func aFloodOfSignaturesIsCutOff() {
        let flood = Array(repeating: signature(.random()), count: 16).joined(separator: " ")
        #expect(problem(signature: "\(flood) \(signature(new))") == .mismatch)
    }

    @Test func everyProblemHasItsOwnExplanation() {
        #expect(Set(SignatureProblem.allCases.map(\.explanation)).count == SignatureProblem.allCases.count)
    }
}
