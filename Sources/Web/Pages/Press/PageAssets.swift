import Crypto
import HTTPTypes
import Hummingbird
import NIOCore

/// The style sheets, scripts and the mark that pages refer to. Their names carry a hash of their content, so browsers
/// keep them for good and never show a stale one.
struct PageAssets: Sendable {
    struct Asset: Sendable {
        /// `site.1a2b3c4d5e6f.css`
        let file: String
        let type: String
        let bytes: [UInt8]

        var path: String { "/assets/" + file }

        init(_ name: String, _ ending: String, type: String, _ bytes: [UInt8]) {
            let hash = SHA256.hash(data: bytes).prefix(6).map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
            file = "\(name).\(hash.joined()).\(ending)"
            self.type = type
            self.bytes = bytes
        }
    }

    let styles: Asset
    let script: Asset
    /// The console's are the public ones and its own, in one file each: a page never loads more than one.
    let consoleStyles: Asset
    let consoleScript: Asset
    let mark: Asset

    init() {
        let css = "text/css; charset=utf-8"
        let js = "text/javascript; charset=utf-8"
        styles = Asset("site", "css", type: css, PackageResources.site_css)
        script = Asset("site", "js", type: js, PackageResources.site_js)
        consoleStyles = Asset(
            "console", "css", type: css, PackageResources.site_css + [10] + PackageResources.console_css)
        consoleScript = Asset(
            "console", "js", type: js, PackageResources.site_js + [10] + PackageResources.console_js)
        mark = Asset("mark", "svg", type: "image/svg+xml", PackageResources.mark_svg)
    }

    subscript(file: String) -> Asset? {
        [styles, script, consoleStyles, consoleScript, mark].first { $0.file == file }
    }
}

/// `GET /assets/{file}`
struct AssetsController: Sendable {
    let assets: PageAssets

    func show(_ request: Request, _ context: WebContext) async throws -> Response {
        guard let asset = context.pathPart("file").flatMap({ assets[$0] }) else { throw Problem.notFound }
        let headers: HTTPFields = [
            .contentType: asset.type, .cacheControl: "public, max-age=31536000, immutable",
            .eTag: "\"\(asset.file)\"",
        ]
        if try EntityTags.isKnown("\"\(asset.file)\"", to: request) {
            return Response(status: .notModified, headers: headers)
        }
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: asset.bytes)))
    }
}
