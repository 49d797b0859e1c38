import CCurl

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// libcurl as a whole.
package enum Curl {
    private static let initialised: Bool = {
        // libcurl writes to sockets whose peer may be gone.
        signal(SIGPIPE, SIG_IGN)
        return curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
    }()

    /// Call once in `main`, before there are other threads. Ignores SIGPIPE in the whole process.
    package static func globalInit() { _ = initialised }

    /// 7.87 is the first that knows every option set here; Debian 12 and Ubuntu 24.04 have later ones.
    static func require() throws(CurlUnavailable) {
        guard initialised else { throw CurlUnavailable(reason: "libcurl cannot be initialised") }
        guard let info = curl_version_info(CURLVERSION_FIRST), info.pointee.version_num >= 0x07_57_00 else {
            throw CurlUnavailable(reason: "libcurl is older than 7.87.0")
        }
    }
}

/// There is no libcurl to work with.
package struct CurlUnavailable: Error, Sendable {
    package let reason: String
}
