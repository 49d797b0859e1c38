import NIOHTTP1

/// What a request's head says about the conversation, once it is known to be beyond dispute: a head that two parties
/// could read in two ways is refused, for a proxy before us may have read it the other way.
///
/// The parser has refused much before: `Content-Length` that is no number, given twice or beside `Transfer-Encoding`;
/// space before a colon, folded lines, bare CR or LF, control characters in names, values and targets.
struct RequestHead {
    /// What `Content-Length` says; nil for a chunked body. Zero without a body.
    private(set) var announcedBytes: Int? = 0
    /// It will be sent only when we ask for it (RFC 9110, 10.1.1).
    private(set) var waitsForContinue = false
    /// The parser reads nothing after it.
    private(set) var asksForUpgrade = false
    let isHTTP10: Bool

    /// - Throws: the problem to answer with; nothing of this connection may be read after it.
    init(_ head: HTTPRequestHead) throws(Problem) {
        isHTTP10 = head.version == .http1_0
        guard isHTTP10 || head.version == .http1_1 else { throw Self.refusal("The version must be HTTP/1.1.") }
        try Self.judge(target: head.uri, of: head.method)
        var hosts = 0
        for (name, value) in head.headers {
            switch name.utf8.count {
            case 4 where name.lowercased() == "host":
                hosts += 1
                guard hosts == 1, Self.isHost(value) else { throw Self.refusal("Send one Host, the one you mean.") }
            case 6 where name.lowercased() == "expect":
                waitsForContinue = !isHTTP10 && value.lowercased() == "100-continue"
            case 7 where name.lowercased() == "upgrade": asksForUpgrade = true
            case 14 where name.lowercased() == "content-length":
                // One that is too large for a number is too large for any limit.
                announcedBytes = Int(value) ?? .max
            case 17 where name.lowercased() == "transfer-encoding":
                guard !isHTTP10, value.lowercased() == "chunked" else {
                    throw Self.refusal("The only Transfer-Encoding is chunked.")
                }
                announcedBytes = nil
            default: break
            }
        }
        guard hosts == 1 || isHTTP10 else { throw Self.refusal("Send one Host, the one you mean.") }
    }

    /// We asked for the body.
    mutating func isContinued() { waitsForContinue = false }

    /// A path, or all of a URL, which a proxy may send; `*` for the server as a whole.
    private static func judge(target: String, of method: HTTPMethod) throws(Problem) {
        let isPlace =
            target.utf8.first == UInt8(ascii: "/") || target == "*" && method == .OPTIONS
            || target.hasPrefix("http://") || target.hasPrefix("https://")
        guard isPlace, method != .CONNECT, !target.utf8.contains(UInt8(ascii: "#")) else {
            throw refusal("The address of the request must be a path.")
        }
    }

    /// A name or an address with an optional port; empty where the target needs none. What has a slash or an `@` is
    /// read in one way by one program and in another by the next.
    private static func isHost(_ value: String) -> Bool {
        value.utf8.allSatisfy { byte in
            switch byte {
            case 48...57, 65...90, 97...122: true
            default: ".-_~:[]%!$&'()*+,;=".utf8.contains(byte)
            }
        }
    }

    private static func refusal(_ detail: String) -> Problem { Problem(.malformedRequest, detail) }
}
