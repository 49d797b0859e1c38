/// What the summary at the top of a form lists.
struct ConsoleProblems: Sendable {
    struct One: Sendable {
        let field, message: String
    }

    private(set) var all: [One] = []
    /// Stored, since templates see only what is.
    private(set) var isAny = false

    mutating func add(_ field: String, _ message: String) {
        all.append(One(field: field, message: message))
        isAny = true
    }
}
