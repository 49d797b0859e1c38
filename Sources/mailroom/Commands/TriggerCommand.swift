import ArgumentParser
import CurlTransport
import Fulfillment
import Orders

struct TriggerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trigger", abstract: "Send a made-up webhook, to try a receiver with.",
        discussion: """
            EVENT is one of \(EventFixture.allCases.map(\.rawValue).joined(separator: ", ")). What the house tells us goes \
            to our own server, signed with inbound.secrets; what we tell the house goes to the receiver under --url, \
            signed with fulfillment.secrets, and never to fulfillment.url by itself. Only https, or http to a loopback \
            address. An event about an order that is not there is kept as unmatched, and answered 202.

            Examples:
              mailroom trigger package.updated --order 4829-1504-75 --set data.package.status=in_transit
              mailroom trigger order.placed --url http://127.0.0.1:9090/webhooks --set data.order.items.0.quantity=12
              mailroom trigger package.updated --order 4829-1504-75 --duplicate --reorder --late 3d
              mailroom trigger order.acknowledged --dry-run
            """)

    @OptionGroup(title: "Settings") var shared: SharedOptions
    @Argument(help: "The type of the event.", completion: .list(EventFixture.allCases.map(\.rawValue)))
    var event: String
    @Option(help: "The order it is about.") var order = EventFixture.orderNumber
    @Option(help: "Where to send it. [default for what the house tells us: our own server]") var url: String?
    @Option(
        help: ArgumentHelp("Change a value; again for each. JSON, or else text.", valueName: "path=value"))
    var set: [String] = []
    @Option(help: ArgumentHelp("Leave a value out; again for each.", valueName: "path")) var remove: [String] = []
    @Option(help: "The webhook-id. [default: random]") var id: String?
    @Option(help: "whsec_… to sign with, instead of the settings'.") var secret: [String] = []
    @Option(help: "A file with the secrets to sign with, one a line.", completion: .file()) var secretFile: String?
    @Flag(help: "Send it twice, with the same webhook-id and bytes.") var duplicate = false
    @Flag(help: "Send what usually comes before it afterwards, with its earlier time.") var reorder = false
    @Option(help: ArgumentHelp("It happened so long ago (90s, 15m, 6h, 3d), and is told only now.", valueName: "time"))
    var late: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Sign with a clock that is wrong by so much; minus is behind.", valueName: "seconds"))
    var skew = 0
    @Flag(help: "Print what would be sent, and send nothing.") var dryRun = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        let known = EventFixture.allCases.map(\.rawValue)
        guard let fixture = EventFixture(rawValue: event) else {
            let suggestion = Suggestion.nearest(to: event, among: known).map { "; did you mean \($0)?" } ?? "."
            throw ValidationError("EVENT is one of \(known.joined(separator: ", "))\(suggestion)")
        }
        for text in set where JSONPath.assignment(text) == nil {
            throw ValidationError("--set is path=value, such as data.package.status=delivered; not '\(text)'.")
        }
        for text in remove where JSONPath(text) == nil { throw ValidationError("--remove is a path like data.reason.") }
        guard late == nil || lateSeconds != nil else { throw ValidationError("--late is like 90s, 15m, 6h or 3d.") }
        guard (-86_400...86_400).contains(skew) else { throw ValidationError("--skew is at most a day.") }
        if let url, WebAddress(url)?.isSecureOrLoopback != true {
            throw ValidationError("--url is an https:// URL, or http:// to a loopback address.")
        }
        guard fixture.direction == .inbound || url != nil || dryRun else {
            throw ValidationError("\(event) is what we tell the house: give the --url of the receiver to try.")
        }
    }

    private var lateSeconds: Int64? {
        guard let late, let unit = late.last, let count = Int64(late.dropLast()), (0...100_000_000).contains(count)
        else {
            return late == nil ? 0 : nil
        }
        let seconds: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        return seconds[unit].map { $0 * count }
    }

    private struct Message: Sendable {
        let id: String
        let body: [UInt8]

        var type: String { (try? JSONReader.read(body))?["type"]?.stringValue ?? "" }
    }

    func run() async throws {
        guard let fixture = EventFixture(rawValue: event) else { return }
        let settings = try shared.settings(with: [:], for: .show)
        let now = SystemClock().now
        let messages = try messages(fixture, at: now)
        let signer = WebhookSigner(secrets: try signingSecrets(fixture))
        let target = url ?? settings.http.ownURL + "/v1/webhooks/shipping"
        guard !dryRun else { return try show(messages, signer: signer, at: now) }
        Curl.globalInit()
        let transport = try Mailroom.transport(maximumInFlight: 1)
        var refused = 0
        for message in messages {
            let status = try await send(message, to: target, signer: signer, with: transport)
            if !(200..<300).contains(status) { refused += 1 }
        }
        await transport.stop()
        guard refused == 0 else { throw Failure(.dataError, "\(refused) of \(messages.count) were not accepted") }
    }

    private func signingSecrets(_ fixture: EventFixture) throws -> [WebhookSecret] {
        var options = SecretOptions()
        options.secret = secret
        options.secretFile = secretFile
        options.direction = fixture.direction
        return try options.live(shared)
    }

    /// The first message is the one asked for.
    private func messages(_ fixture: EventFixture, at now: Timestamp) throws -> [Message] {
        let time = now.adding(seconds: -(lateSeconds ?? 0))
        var body = fixture.body(order: order, at: time)
        for (path, value) in set.compactMap(JSONPath.assignment) {
            guard let changed = path.setting(value, in: body) else { throw Self.noSuchPlace(path, fixture) }
            body = changed
        }
        for path in remove.compactMap(JSONPath.init) {
            guard let changed = path.removing(from: body) else { throw Self.noSuchPlace(path, fixture) }
            body = changed
        }
        var messages = [Message(id: id ?? EventFixture.randomID(), body: Self.bytes(body))]
        if duplicate { messages.append(messages[0]) }
        if reorder {
            guard let earlier = fixture.predecessor(order: order, at: time.adding(seconds: -3600)) else {
                throw Failure(.usage, "nothing comes before \(event), so there is nothing to reorder")
            }
            messages.append(Message(id: EventFixture.randomID(), body: Self.bytes(earlier)))
        }
        return messages
    }

    private static func noSuchPlace(_ path: JSONPath, _ fixture: EventFixture) -> Failure {
        Failure(.usage, "\(fixture.rawValue) has no place \(path.parts.joined(separator: "."))")
    }

    private static func bytes(_ body: JSONValue) -> [UInt8] {
        var json = JSONWriter()
        json.value(body)
        return json.bytes
    }

    private func show(_ messages: [Message], signer: WebhookSigner, at now: Timestamp) throws {
        for message in messages {
            let headers =
                [(name: "Content-Type", value: "application/json")]
                + signer.headers(id: message.id, at: now.adding(seconds: Int64(skew)), body: message.body)
            // As text also in JSON: these very bytes are signed.
            let body = String(decoding: message.body, as: UTF8.self)
            guard json else {
                try Terminal.print(headers.map { "\($0.name): \($0.value)\n" }.joined() + "\n\(body)\n")
                continue
            }
            try Terminal.print { json in
                json.object {
                    $0.field("type", message.type)
                    $0.field("webhook_id", message.id)
                    $0.object("headers") {
                        for header in headers { $0.member(header.name) { $0.string(header.value) } }
                    }
                    $0.field("body", body)
                }
            }
        }
    }

    /// - Returns: the answer's status.
    private func send(
        _ message: Message, to target: String, signer: WebhookSigner, with transport: CurlTransport
    ) async throws -> Int {
        let time = SystemClock().now.adding(seconds: Int64(skew))
        let headers =
            [(name: "Content-Type", value: "application/json")]
            + signer.headers(id: message.id, at: time, body: message.body)
        let response: WebhookResponse
        do {
            response = try await transport.post(WebhookRequest(url: target, headers: headers, body: message.body))
        } catch {
            throw Failure(.unavailable, "\(target) does not answer (\(error.kind.rawValue)): \(error.detail)")
        }
        let answer = TextTable.printable(String(decoding: response.body.prefix(2000), as: UTF8.self))
        guard json else {
            try Terminal.print("\(message.type) \(message.id): answered \(response.status) \(answer)\n")
            return response.status
        }
        try Terminal.print { json in
            json.object {
                $0.field("type", message.type)
                $0.field("webhook_id", message.id)
                $0.field("status", response.status)
                $0.field("answer", answer)
            }
        }
        return response.status
    }
}
