import Synchronization

/// Makes values that stand nowhere else, and remembers them, so that everything a program prints can be searched for
/// what it was told.
final class Said: Sendable {
    private let made = Mutex<[(value: String, kind: String)]>([])

    /// - Parameter kind: what the value stands for; part of it.
    func value(_ kind: String) -> String {
        made.withLock { made in
            let value = "zq\(10_000 + made.count)\(kind)"
            made.append((value, kind))
            return value
        }
    }

    func email() -> String { value("mail") + "@example.org" }

    /// Ten digits as people write them.
    func phone() -> String {
        made.withLock { made in
            let value = "(312) 555-\(1000 + made.count)"
            made.append((value, "phone"))
            return value
        }
    }

    /// Registers what was drawn elsewhere: tokens, secrets.
    @discardableResult func note(_ value: String, as kind: String) -> String {
        made.withLock { $0.append((value, kind)) }
        return value
    }

    var count: Int { made.withLock(\.count) }

    /// What of it stands in a text, whatever the case.
    func found(in text: String) -> [String] {
        let text = text.lowercased()
        return made.withLock { $0 }.filter { text.contains($0.value.lowercased()) }.map { "\($0.kind): \($0.value)" }
    }
}
