enum LogFormat: String, Sendable, CaseIterable {
    /// For people.
    case text
    /// One JSON object per line, for programs.
    case json
}
