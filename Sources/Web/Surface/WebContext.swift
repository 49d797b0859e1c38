package import Hummingbird
import NIOCore
import Orders
import Tracing

/// What is known of one request beside the request itself.
package struct WebContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// Given by the client or drawn; in the answer, in the log, and in every problem document.
    var requestID = ""
    /// Where the request stands in its trace; `RequestJournal` sets both.
    var trace: TraceContext?
    var instrumentation = InstrumentationContext.topLevel
    /// Who acts; `StaffDoor` sets it for staff.
    var actor = Actor.reader

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// The route's template, such as `/v1/orders/{number}`; nil when no route fits.
    var template: String? { endpointPath == "NotFound" ? nil : endpointPath }

    /// A part of the path, percent-decoded; nil when its escapes are not UTF-8.
    func pathPart(_ name: String) -> String? {
        guard let raw = parameters.get(name) else { return nil }
        return raw.utf8.contains(UInt8(ascii: "%")) ? QueryParameters.decode(raw[...], plusIsSpace: false) : raw
    }

    /// The order's number in the path; one that cannot be is not found.
    func orderNumber() throws -> OrderNumber {
        guard let number = pathPart("number").flatMap({ OrderNumber($0) }) else { throw Problem.notFound }
        return number
    }
}
