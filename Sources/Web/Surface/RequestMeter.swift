import HTTPTypes
package import Metrics
import Synchronization

/// Counts and times what comes in, under the names that OpenTelemetry gives them. Labels hold our own words alone: route
/// templates, statuses, known methods, kinds of problem.
package final class RequestMeter: Sendable {
    private struct Key: Hashable {
        let method: String
        /// Empty when no route fits.
        let route: String
        let status: Int
    }

    private let factory: any MetricsFactory
    /// Made at their first use: the facade would look each one up at every request.
    private let durations = Mutex<[Key: Metrics.Timer]>([:])
    private let active: [String: Meter]
    private let otherActive: Meter
    private let refusals: [ProblemKind: Counter]
    private let ordersPlaced: Counter

    /// OpenTelemetry's word for every other.
    private static let otherMethod = "_OTHER"
    private static let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]

    package init(factory: any MetricsFactory = MetricsSystem.factory) {
        self.factory = factory
        func meter(_ method: String) -> Meter {
            Meter(
                label: "http_server_active_requests", dimensions: [("http_request_method", method)], factory: factory)
        }
        active = Dictionary(uniqueKeysWithValues: Self.methods.map { ($0, meter($0)) })
        otherActive = meter(Self.otherMethod)
        // All of them from the start: what never happened is 0, not missing.
        refusals = Dictionary(
            uniqueKeysWithValues: ProblemKind.allCases.map {
                (
                    $0,
                    Counter(
                        label: "mailroom_refusals_total", dimensions: [("reason", $0.rawValue)], factory: factory)
                )
            })
        ordersPlaced = Counter(label: "mailroom_orders_placed_total", dimensions: [], factory: factory)
    }

    func began(_ method: HTTPRequest.Method) { (active[method.rawValue] ?? otherActive).increment() }

    func ended(_ method: HTTPRequest.Method, route: String?, status: Int, nanoseconds: Int64) {
        let isKnown = active[method.rawValue] != nil
        (active[method.rawValue] ?? otherActive).decrement()
        let key = Key(method: isKnown ? method.rawValue : Self.otherMethod, route: route ?? "", status: status)
        durations.withLock { durations in
            if let timer = durations[key] { return timer }
            let timer = Metrics.Timer(
                label: "http_server_request_duration_seconds",
                dimensions: [
                    ("http_request_method", key.method), ("http_route", key.route),
                    ("http_response_status_code", String(status)),
                ], factory: factory)
            durations[key] = timer
            return timer
        }.recordNanoseconds(nanoseconds)
    }

    func refused(_ kind: ProblemKind) { refusals[kind]?.increment() }

    /// An order was accepted; not when an earlier one was answered again.
    func placedOrder() { ordersPlaced.increment() }
}
