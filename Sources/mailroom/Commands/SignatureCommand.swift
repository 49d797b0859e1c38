import ArgumentParser
import Fulfillment
import Orders

struct SignatureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signature", abstract: "Sign webhooks and verify them, and see why a signature fails.",
        discussion: """
            The signatures are those of Standard Webhooks 1.0: base64 of the HMAC-SHA256 of id.timestamp.body, with the \
            bytes that the secret's base64 stands for as the key.

            Examples:
              mailroom signature sign body.json
              mailroom signature explain body.json --headers-file headers.txt
            """,
        subcommands: [Sign.self, Verify.self, Explain.self])

    struct Sign: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the three headers for a body, signed with every secret.",
            discussion: """
                Examples:
                  mailroom signature sign body.json --direction inbound
                  mailroom signature sign body.json --secret-file secret.txt --id msg_1 --timestamp 1614265330
                """)

        @OptionGroup(title: "Settings") var shared: SharedOptions
        @OptionGroup(title: "Secrets") var secrets: SecretOptions
        @Option(help: "The webhook-id. [default: random]") var id: String?
        @Option(help: "Unix seconds. [default: now]") var timestamp: Int64?
        @Argument(help: "The file with the body; - is standard input.", completion: .file()) var body: String
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            let isPrintable = id.map { !$0.isEmpty && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } } ?? true
            guard isPrintable else { throw ValidationError("--id is printable characters without spaces.") }
            guard timestamp.map({ (0...999_999_999_999).contains($0) }) ?? true else {
                throw ValidationError("--timestamp is Unix seconds.")
            }
        }

        func run() async throws {
            let signer = WebhookSigner(secrets: try secrets.live(shared))
            let time = timestamp.map { Timestamp(milliseconds: $0 * 1000) } ?? SystemClock().now
            let headers = signer.headers(id: id ?? EventFixture.randomID(), at: time, body: try InputFile.read(body))
            guard json else { return try Terminal.print(headers.map { "\($0.name): \($0.value)\n" }.joined()) }
            try Terminal.print { json in
                json.object { for header in headers { $0.member(header.name) { $0.string(header.value) } } }
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say whether a webhook is genuine: 0 when it is, 65 when not.",
            discussion: """
                Examples:
                  mailroom signature verify body.json --headers-file headers.txt --secret-file secret.txt
                  mailroom signature verify body.json --header 'webhook-id: msg_1' --header 'webhook-timestamp: 1614265330' \
                --header 'webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' --at 1614265330
                """)

        @OptionGroup(title: "Settings") var shared: SharedOptions
        @OptionGroup(title: "Secrets") var secrets: SecretOptions
        @OptionGroup(title: "The webhook") var webhook: ReceivedWebhookOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let headers = try webhook.headers()
            func values(_ name: String) -> [String] {
                headers.filter { $0.name.lowercased() == name }.map(\.value)
            }
            let verdict = WebhookVerifier(secrets: try secrets.live(shared)).verify(
                ids: values("webhook-id"), timestamps: values("webhook-timestamp"),
                signatures: values("webhook-signature"), body: try webhook.bytes(), at: webhook.now)
            switch verdict {
            case .success(let verified):
                guard json else {
                    return try Terminal.print("genuine: \(verified.id), signed at \(verified.signedAt)\n")
                }
                try Terminal.print { json in
                    json.object {
                        $0.field("genuine", true)
                        $0.field("id", verified.id)
                        $0.field("signed_at", verified.signedAt)
                    }
                }
            case .failure(let problem):
                if json {
                    try Terminal.print { json in
                        json.object {
                            $0.field("genuine", false)
                            $0.field("problem", problem.rawValue)
                        }
                    }
                }
                throw Failure(.dataError, problem.explanation + " `mailroom signature explain` looks for the cause.")
            }
        }
    }

    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say why a signature fails: body changed, wrong secret, clock, header missing.",
            discussion: """
                Tries what is often done wrong until the signature fits. Ends with 0 when nothing is wrong and with 65 \
                when something is.

                Examples:
                  mailroom signature explain body.json --headers-file headers.txt --secret-file secret.txt
                  mailroom signature explain body.json --headers-file headers.txt --direction inbound --json
                """)

        @OptionGroup(title: "Settings") var shared: SharedOptions
        @OptionGroup(title: "Secrets") var secrets: SecretOptions
        @OptionGroup(title: "The webhook") var webhook: ReceivedWebhookOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let diagnosis = SignatureDiagnosis(
                headers: try webhook.headers(), body: try webhook.bytes(), secrets: try secrets.named(shared),
                at: webhook.now)
            let isGenuine = diagnosis.findings.isEmpty
            if json {
                try Terminal.print { json in
                    json.object {
                        $0.field("genuine", isGenuine)
                        $0.field("secret", diagnosis.fittingSecret)
                        $0.array("findings", diagnosis.findings) { finding, json in
                            json.object {
                                $0.field("code", finding.code)
                                $0.field("text", finding.text)
                            }
                        }
                    }
                }
            } else if isGenuine {
                try Terminal.print("genuine, signed with \(diagnosis.fittingSecret ?? "no secret")\n")
            } else {
                try Terminal.print(diagnosis.findings.map { "\($0.code): \($0.text)\n" }.joined())
            }
            if !isGenuine { throw ExitCode(SystemExit.dataError.rawValue) }
        }
    }
}
