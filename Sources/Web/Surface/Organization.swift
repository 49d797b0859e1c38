import Orders

/// Whom the pages and slips name, and how to reach them.
package struct Organization: Sendable {
    package var name = ""
    package var email = ""
    package var phone = ""
    package var hours = ""
    package var hoursInSpanish = ""
    package var returnAddress = ""
    package var deliveryPromise = ""
    package var deliveryPromiseInSpanish = ""

    package init() {}

    /// When somebody answers the phone; the English text, marked as such, where no Spanish one is set.
    func hours(in language: Language) -> SpokenText? { Self.text(hours, hoursInSpanish, language) }

    /// What readers are told to expect.
    func deliveryPromise(in language: Language) -> SpokenText? {
        Self.text(deliveryPromise, deliveryPromiseInSpanish, language)
    }

    private static func text(_ english: String, _ spanish: String, _ language: Language) -> SpokenText? {
        if language == .spanish, !spanish.isEmpty { return SpokenText(text: spanish, other: nil) }
        return english.isEmpty ? nil : SpokenText(text: english, other: language == .spanish ? "en" : nil)
    }

    /// `tel:` and the number's digits.
    var phoneLink: String? {
        let digits = phone.filter { $0.isASCII && $0.isNumber }
        return digits.isEmpty ? nil : "tel:" + (phone.hasPrefix("+") ? "+" : "") + digits
    }
}
