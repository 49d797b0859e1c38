import HTTPTypes
import Hummingbird
import NIOCore
import Orders

/// The interface's description: for programs as it is, for people as a page. Open to everybody, as the interface is.
struct ReferenceController: Sendable {
    private let json: ByteBuffer
    private let yaml: ByteBuffer
    private let page: ByteBuffer
    private let contentSecurityPolicy: String

    init() {
        json = ByteBuffer(bytes: InterfaceDocument.shared.json)
        yaml = ByteBuffer(bytes: InterfaceDocument.yaml)
        page = ByteBuffer(string: ReferencePage.html)
        contentSecurityPolicy = ReferencePage.contentSecurityPolicy
    }

    func showYAML(_ request: Request, _ context: WebContext) async throws -> Response {
        answer(yaml, "application/yaml")
    }

    func showJSON(_ request: Request, _ context: WebContext) async throws -> Response {
        answer(json, "application/json")
    }

    func showPage(_ request: Request, _ context: WebContext) async throws -> Response {
        var response = answer(page, "text/html; charset=utf-8")
        response.headers[.contentSecurityPolicy] = contentSecurityPolicy
        return response
    }

    /// It changes with the program only.
    private func answer(_ body: ByteBuffer, _ type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "public, max-age=300"],
            body: ResponseBody(byteBuffer: body))
    }
}
