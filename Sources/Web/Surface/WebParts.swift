package import Fulfillment
package import Logging
package import Orders
package import Tracing

/// All that the web surface is built of.
package struct WebParts: Sendable {
    package let store: any Store
    package let verifier: WebhookVerifier
    package let settings: WebSettings
    package let clock: any Clock
    package let logger: Logger
    package let readiness: [NamedCheck]
    /// Shared by all doors.
    let backlog: Backlog
    let passwords: Passwords
    package let meter: RequestMeter
    package let tracer: any Tracer

    /// - Parameter tracer: by default one that does nothing.
    package init(
        store: any Store, verifier: WebhookVerifier, settings: WebSettings, clock: any Clock, logger: Logger,
        readiness: [NamedCheck], meter: RequestMeter = RequestMeter(), tracer: any Tracer = NoOpTracer()
    ) {
        self.store = store
        self.verifier = verifier
        self.settings = settings
        self.clock = clock
        self.logger = logger
        self.readiness = readiness
        passwords = Passwords(cost: settings.passwordCost)
        backlog = Backlog(limit: settings.waitingAtMost)
        self.meter = meter
        self.tracer = tracer
    }
}

/// One thing that must hold for the service to take requests.
package struct NamedCheck: Sendable {
    package let name: String
    package let check: @Sendable () async -> CheckResult

    package init(name: String, check: @escaping @Sendable () async -> CheckResult) {
        self.name = name
        self.check = check
    }
}

package enum CheckResult: Sendable, Hashable {
    case pass
    /// - Parameter String: what is wrong, fit for anybody to read.
    case fail(String)
}
