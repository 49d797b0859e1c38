import Orders

/// What `doctor` found out about one thing.
struct Diagnosis: Sendable, Hashable {
    enum Verdict: String, Sendable {
        case pass
        /// It runs, and a person should look at it.
        case warn
        case fail
        /// Could not be judged, because of what failed before.
        case skip
    }

    let name: String
    let verdict: Verdict
    let detail: String
    /// What to do about it; nil when there is nothing to do.
    var mend: String?

    static func pass(_ name: String, _ detail: String) -> Diagnosis {
        Diagnosis(name: name, verdict: .pass, detail: detail)
    }

    static func warn(_ name: String, _ detail: String, mend: String) -> Diagnosis {
        Diagnosis(name: name, verdict: .warn, detail: detail, mend: mend)
    }

    static func fail(_ name: String, _ detail: String, mend: String) -> Diagnosis {
        Diagnosis(name: name, verdict: .fail, detail: detail, mend: mend)
    }

    static func skip(_ name: String, _ detail: String) -> Diagnosis {
        Diagnosis(name: name, verdict: .skip, detail: detail)
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.field("name", name)
            $0.field("status", verdict.rawValue)
            $0.field("detail", detail)
            $0.field("mend", mend)
        }
    }

    /// For people; the mend stands under what it mends.
    var text: String {
        let sign =
            switch verdict {
            case .pass: "ok  "
            case .warn: "WARN"
            case .fail: "FAIL"
            case .skip: "skip"
            }
        let gap = String(repeating: " ", count: max(1, 11 - name.count))
        let margin = "\n" + String(repeating: " ", count: 17)
        let lines = detail.split(separator: "\n").map { TextTable.printable(String($0)) }.joined(separator: margin)
        let remedy = mend.map { "\(margin)-> \(TextTable.printable($0))" } ?? ""
        return "\(sign)  \(name)\(gap)\(lines)\(remedy)\n"
    }
}
