import Orders

/// One thing to mend: the field that a link leads to, and what to do; the same words stand beside the field.
struct PageProblem: Sendable {
    let field, message: String
}

/// The summary at the top of a page that was refused.
struct ProblemList: Sendable {
    let isAny: Bool
    let lead: String
    /// The lead says "call us".
    let offersPhone: Bool
    let all: [PageProblem]

    /// - Parameter button: what the page's button is called.
    init(
        _ problems: [PageProblem], _ phrases: Phrases, button: String = "continue", lead: String? = nil,
        offersPhone: Bool = false
    ) {
        all = problems
        isAny = !problems.isEmpty
        self.offersPhone = offersPhone
        self.lead = lead ?? phrases.counted("problems", problems.count, ["button": phrases(button)])
    }

    func message(_ field: String) -> String? { all.first { $0.field == field }?.message }
}

/// A labelled text field. Its id is its name.
struct FieldView: Sendable {
    let id, label: String
    var value = ""
    var hint: String?
    var wrong: String?
    var optionalMark: String?
    var kind = "text"
    var autocomplete: String?
    var inputmode: String?
    var isShort = false
    var hasNoSpelling = false

    /// The ids of what a screen reader says after the label.
    var describedBy: String? {
        let ids = [hint.map { _ in id + "-hint" }, wrong.map { _ in id + "-error" }].compactMap(\.self)
        return ids.isEmpty ? nil : ids.joined(separator: " ")
    }
}

/// A field as the template sees it: templates see stored values alone.
struct ShownField: Sendable {
    let id, label, value, kind: String
    let hint, wrong, optionalMark, autocomplete, inputmode, describedBy: String?
    let isShort, hasNoSpelling: Bool

    init(_ field: FieldView) {
        (id, label, value, kind) = (field.id, field.label, field.value, field.kind)
        (hint, wrong, optionalMark) = (field.hint, field.wrong, field.optionalMark)
        (autocomplete, inputmode, describedBy) = (field.autocomplete, field.inputmode, field.describedBy)
        (isShort, hasNoSpelling) = (field.isShort, field.hasNoSpelling)
    }
}
