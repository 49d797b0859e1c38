import Foundation
import Orders
import TestSupport
import Testing

@testable import mailroom

/// `signature sign`, `verify` and `explain` with the real program.
@Suite(.timeLimit(.hanging)) struct SignatureCommandTests {
    private let program: MailroomProgram

    init() throws { program = try MailroomProgram() }

    @Test func whatIsSignedVerifiesAndTheSpecificationsVectorComesOut() throws {
        _ = try program.write("{\"test\": 2432232314}", to: "body.json")
        _ = try program.write("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", to: "secret.txt")
        let signed = try program.run(
            "signature", "sign", "body.json", "--secret-file", "secret.txt", "--id", "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "--timestamp", "1614265330")
        #expect(signed.output.contains("webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\n"))
        _ = try program.write(signed.output, to: "headers.txt")
        let arguments = ["body.json", "--headers-file", "headers.txt", "--secret-file", "secret.txt"]
        let verified = try program.run(["signature", "verify"] + arguments + ["--at", "1614265330"], environment: [:])
        #expect(verified.status == 0 && verified.output.hasPrefix("genuine: msg_p5jXN8AQM9LWM0D4loKWxJek"))
        let explained = try program.run(
            ["signature", "explain"] + arguments + ["--at", "1614265330"], environment: [:])
        #expect(explained.status == 0 && explained.output == "genuine, signed with the secret\n")

        let stale = try program.run(["signature", "verify"] + arguments, environment: [:])
        #expect(stale.status == 65 && stale.errors.contains("too old"))
        let why = try program.run(["signature", "explain", "--json"] + arguments, environment: [:])
        #expect(why.status == 65)
        #expect(
            try JSONReader.read(Array(why.output.utf8))["findings"]?.arrayValue?.first?["code"]?.stringValue == "clock")
    }

    @Test func theSettingsSecretsOfBothDirectionsAreToldApart() throws {
        _ = try program.write("{}", to: "body.json")
        let settings = [
            "MAILROOM_FULFILLMENT_SECRETS": Samples.secret, "MAILROOM_INBOUND_SECRETS": Samples.otherSecret,
        ]
        let signed = try program.run(
            ["signature", "sign", "body.json", "--direction", "inbound"], environment: settings)
        _ = try program.write("POST /hook HTTP/1.1\nHost: here\n" + signed.output, to: "headers.txt")
        let arguments = ["signature", "explain", "body.json", "--headers-file", "headers.txt"]
        #expect(try program.run(arguments + ["--direction", "inbound"], environment: settings).status == 0)
        let swapped = try program.run(arguments, environment: settings)
        #expect(swapped.status == 65 && swapped.output.hasPrefix("wrong_secret: "))
        for text in [swapped.output, swapped.errors] {
            #expect(!text.contains(Samples.secret.dropFirst(6)) && !text.contains(Samples.otherSecret.dropFirst(6)))
        }
        #expect(try program.run(["signature", "sign", "body.json"], environment: [:]).status == 64)
    }
}
