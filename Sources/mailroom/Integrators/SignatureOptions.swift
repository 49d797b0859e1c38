import ArgumentParser
import Foundation
import Fulfillment
import Orders

/// Which way a webhook goes, and so which secrets sign it.
enum WebhookDirection: String, Sendable, CaseIterable, ExpressibleByArgument {
    /// From us to the house: `fulfillment.secrets`.
    case outbound
    /// From the house to us: `inbound.secrets`.
    case inbound

    var settingKey: String {
        switch self {
        case .outbound: KnownSettings.fulfillmentSecrets.key
        case .inbound: KnownSettings.inboundSecrets.key
        }
    }

    func secrets(of settings: Settings) -> [WebhookSecret] {
        switch self {
        case .outbound: settings.house.secrets
        case .inbound: settings.house.inboundSecrets
        }
    }

    var opposite: WebhookDirection { self == .outbound ? .inbound : .outbound }
}

/// Where a command takes the secret from that signs or verifies.
struct SecretOptions: ParsableArguments {
    @Option(
        help: "whsec_…; may be given again. Others on this machine can read the command line: better name a file.")
    var secret: [String] = []
    @Option(help: "A file with one secret a line.", completion: .file()) var secretFile: String?
    @Option(help: "Without --secret and --secret-file: whose secrets of the settings, outbound (we sign) or inbound.")
    var direction = WebhookDirection.outbound

    /// The secrets as they were written, with the names to call them by; not judged yet.
    func named(_ shared: SharedOptions) throws -> [SignatureDiagnosis.NamedSecret] {
        var texts = secret
        if let secretFile {
            let bytes = try InputFile.read(secretFile)
            texts += String(decoding: bytes, as: UTF8.self).split { $0.isNewline || $0 == "," }
                .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        }
        if !texts.isEmpty {
            return texts.enumerated().map { index, text in
                .init(name: texts.count == 1 ? "the secret" : "secret \(index + 1)", text: text)
            }
        }
        let settings = try shared.settings(with: [:], for: .show)
        let ours = direction.secrets(of: settings).map { secret in
            SignatureDiagnosis.NamedSecret(name: "\(direction.settingKey) \(secret.fingerprint)", text: secret.text)
        }
        guard !ours.isEmpty else {
            throw Failure(.usage, "give --secret or --secret-file, or set \(direction.settingKey)")
        }
        let others = direction.opposite.secrets(of: settings).map { secret in
            SignatureDiagnosis.NamedSecret(
                name: "\(direction.opposite.settingKey) \(secret.fingerprint)", text: secret.text, isOther: true)
        }
        return ours + others
    }

    /// The secrets that may sign or verify.
    func live(_ shared: SharedOptions) throws -> [WebhookSecret] {
        try named(shared).filter { !$0.isOther }.map { named in
            guard let secret = WebhookSecret(named.text) else {
                throw Failure(.usage, "\(named.name) is not whsec_<base64 of 24 to 64 bytes>")
            }
            return secret
        }
    }
}

/// A webhook that somebody received: its headers and its body.
struct ReceivedWebhookOptions: ParsableArguments {
    @Option(
        name: .customLong("header"),
        help: ArgumentHelp("A header as it came; again for each.", valueName: "name: value"))
    var headerLines: [String] = []
    @Option(help: "A file with one header a line, as they came.", completion: .file()) var headersFile: String?
    @Option(help: ArgumentHelp("The time to judge the timestamp by. [default: now]", valueName: "time")) var at: String?
    @Argument(help: "The file with the raw body; - is standard input.", completion: .file()) var body: String

    func validate() throws {
        guard at == nil || time != nil else {
            throw ValidationError("--at is Unix seconds or like 2026-11-22T15:00:00Z.")
        }
        guard headerLines.allSatisfy({ $0.contains(":") }) else {
            throw ValidationError("A header is written 'webhook-id: msg_1'.")
        }
    }

    private var time: Timestamp? {
        at.flatMap { text in Int64(text).map { Timestamp(milliseconds: $0 * 1000) } ?? Timestamp(rfc3339: text) }
    }

    var now: Timestamp { time ?? SystemClock().now }

    func bytes() throws(Failure) -> [UInt8] { try InputFile.read(body) }

    /// A request line, as a captured request has before its headers, is passed over.
    func headers() throws(Failure) -> [(name: String, value: String)] {
        let file = try headersFile.map { path throws(Failure) in
            String(decoding: try InputFile.read(path), as: UTF8.self)
        }
        let lines = headerLines + (file ?? "").split(whereSeparator: \.isNewline).map(String.init)
        return lines.compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let name = line[..<colon].trimmingCharacters(in: .whitespaces)
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            return name.isEmpty || name.contains(" ") ? nil : (name, value)
        }
    }
}
