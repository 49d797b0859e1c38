/// What is running.
enum BuildInfo {
    /// The latest heading of CHANGELOG.md; a test holds the two together.
    static let version = "unreleased"

    static var swift: String {
        #if compiler(>=6.4)
            "6.4 or later"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}
