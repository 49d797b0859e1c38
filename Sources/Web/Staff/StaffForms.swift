import Hummingbird
import Orders

/// The small bodies of staff requests: one text, judged like every text.
enum StaffForm {
    /// A text that must be there.
    static func text(_ name: String, in json: JSONValue, maximum: Int = 1000) throws -> String {
        guard let text = try optionalText(name, in: json, maximum: maximum) else {
            throw InvalidFields(problems: [FieldProblem("/\(name)", "required", "is missing")])
        }
        return text
    }

    /// Nil when there is no body, or it does not hold that text.
    static func optionalText(_ name: String, in json: JSONValue?, maximum: Int = 1000) throws -> String? {
        guard let json else { return nil }
        var reader = FieldReader()
        reader.root(json)
        let raw = reader.string(json, name, at: "")
        try reader.finish()
        var judge = FieldJudge()
        let text = judge.text(raw, at: "/\(name)", maximum: maximum, allowingLineBreaks: true)
        guard judge.problems.isEmpty else { throw InvalidFields(problems: judge.problems) }
        return text
    }

    /// False when there is no body, or it does not say.
    static func flag(_ name: String, in json: JSONValue?) throws -> Bool {
        guard let json else { return false }
        var reader = FieldReader()
        reader.root(json)
        let flag = reader.bool(json, name, at: "")
        try reader.finish()
        return flag ?? false
    }
}
