import Testing

@testable import Web

struct SignInBrakeTests {
    @Test func fiveTriesAreFreeAndThenEachWaitsTwiceAsLong() {
        let brake = SignInBrake()
        for _ in 0..<5 { #expect(brake.begin("account ana", at: 0) == 0) }
        #expect(brake.begin("account ana", at: 0) == 2)
        #expect(brake.begin("account ana", at: 2000) == 0)
        #expect(brake.begin("account ana", at: 2000) == 4)
        brake.succeeded("account ana")
        #expect(brake.begin("account ana", at: 2000) == 0)
    }

    @Test func aFloodOfInventedAccountsDoesNotFreeTheOneThatIsGuessedAt() {
        let brake = SignInBrake()
        for _ in 0..<5 { _ = brake.begin("account ana", at: 0) }
        for index in 0..<25_000 { _ = brake.begin("account \(index)", at: 1) }
        #expect(brake.begin("account ana", at: 1) > 0)
        #expect(brake.begin("account ben", at: 1) == 0)
    }
}
