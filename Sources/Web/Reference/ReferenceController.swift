import HTTPTypes
import Hummingbird
import NIOCore
import Orders

/// The interface's description: for programs as it is, for people as a page. Open to everybody, as the interface is.
///
/// Read and drawn when it is first asked for: at the start it would take longer than all else together.
struct ReferenceController: Sendable {
    func showYAML(_ request: Request, _ context: WebContext) async throws -> Response {
        answer(ByteBuffer(bytes: InterfaceDocument.yaml), "application/yaml")
    }

    func showJSON(_ request: Request, _ context: WebContext) async throws -> Response {
        answer(ByteBuffer(bytes: InterfaceDocument.shared.json), "application/json")
    }

    func showPage(_ request: Request, _ context: WebContext) async throws -> Response {
        var response = answer(ByteBuffer(string: ReferencePage.html), "text/html; charset=utf-8")
        response.headers[.contentSecurityPolicy] = ReferencePage.contentSecurityPolicy
        return response
    }

    /// It changes with the program only.
    private func answer(_ body: ByteBuffer, _ type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "public, max-age=300"],
            body: ResponseBody(byteBuffer: body))
    }
}
