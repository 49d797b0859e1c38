import Crypto
import Foundation
import Mustache
import Orders

/// The pages that the templates make. Plain values in, HTML out; everything typed by people is escaped.
struct StatusPages: Sendable {
    /// Allows the one style sheet that the pages carry, by its hash, and nothing else.
    let contentSecurityPolicy: String
    private let order: MustacheTemplate
    private let message: MustacheTemplate
    private let style: String
    private let organization: Organization

    init(_ organization: Organization) {
        order = Self.template(PackageResources.status_mustache)
        message = Self.template(PackageResources.message_mustache)
        style = String(decoding: PackageResources.plain_css, as: UTF8.self)
        let hash = Data(SHA256.hash(data: Data(style.utf8))).base64EncodedString()
        contentSecurityPolicy =
            "default-src 'none'; style-src 'sha256-\(hash)'; base-uri 'none'; form-action 'none'; "
            + "frame-ancestors 'none'"
        self.organization = organization
    }

    private static func template(_ bytes: [UInt8]) -> MustacheTemplate {
        do {
            return try MustacheTemplate(string: String(decoding: bytes, as: UTF8.self))
        } catch {
            preconditionFailure("a template in this program does not parse: \(error)")
        }
    }

    func page(of order: Order, in phrases: Phrases) -> String {
        let status = phrases.status(order.status)
        let token = order.statusToken.text
        return self.order.render(
            OrderView(
                language: phrases.language.rawValue, title: phrases.title, number: order.number.description,
                style: style, organization: organization.name, statusName: status.name,
                statusMeaning: status.meaning, placedLabel: phrases.placed, placedAt: order.placedAt.description,
                placedOn: phrases.date(order.placedAt), destinationLabel: phrases.destination,
                destination: "\(order.shipTo.city), \(order.shipTo.region)", itemsLabel: phrases.items,
                items: order.lines.map { ItemView(language: $0.language, title: $0.title, quantity: $0.quantity) },
                packagesLabel: phrases.packages, hasPackages: !order.parcels.isEmpty,
                packages: order.parcels.map { PackageView($0, in: phrases) }, help: phrases.help,
                email: organization.email.nilIfEmpty, phone: organization.phone.nilIfEmpty,
                otherURL: phrases.language == .spanish ? "/s/\(token)" : "/es/s/\(token)",
                otherLanguage: phrases.language == .spanish ? "en" : "es", otherName: phrases.otherLanguageName))
    }

    func notFound(in phrases: Phrases) -> String {
        message.render(
            MessageView(
                language: phrases.language.rawValue, title: phrases.notFoundTitle, style: style,
                organization: organization.name, text: phrases.notFoundText, email: organization.email.nilIfEmpty,
                phone: organization.phone.nilIfEmpty))
    }
}

private struct OrderView {
    let language, title, number, style, organization, statusName, statusMeaning: String
    let placedLabel, placedAt, placedOn, destinationLabel, destination, itemsLabel: String
    let items: [ItemView]
    let packagesLabel: String
    let hasPackages: Bool
    let packages: [PackageView]
    let help: String
    let email, phone: String?
    let otherURL, otherLanguage, otherName: String
}

private struct ItemView {
    let language, title: String
    let quantity: Int
}

private struct PackageView {
    struct Tracking {
        let number: String
        let url: String?
    }

    let status: String
    let carrier: String?
    let tracking: Tracking?

    init(_ parcel: Parcel, in phrases: Phrases) {
        status = phrases.package(parcel.status)
        carrier = parcel.carrier
        // The house's link is followed only where a link can do no harm: never `javascript:`.
        let url = parcel.trackingURL.flatMap { $0.lowercased().hasPrefix("https://") ? $0 : nil }
        tracking = parcel.trackingNumber.map { Tracking(number: $0, url: url) }
    }
}

private struct MessageView {
    let language, title, style, organization, text: String
    let email, phone: String?
}

extension String {
    fileprivate var nilIfEmpty: String? { isEmpty ? nil : self }
}
