package import Fulfillment
package import Logging
package import Orders

/// All that the web surface is built of.
package struct WebParts: Sendable {
    package let store: any Store
    package let verifier: WebhookVerifier
    package let settings: WebSettings
    package let clock: any Clock
    package let logger: Logger
    package let readiness: [NamedCheck]

    package init(
        store: any Store, verifier: WebhookVerifier, settings: WebSettings, clock: any Clock, logger: Logger,
        readiness: [NamedCheck]
    ) {
        self.store = store
        self.verifier = verifier
        self.settings = settings
        self.clock = clock
        self.logger = logger
        self.readiness = readiness
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
