import Hummingbird
import Orders

/// One request of somebody who is signed in, and may do what its route is for.
struct StaffVisit: Sendable {
    let request: Request
    let context: WebContext
    let session: StaffSession
    let secret: SessionSecret

    var account: StaffAccount { session.account }

    /// As the history names who did it.
    var actor: Actor { .staff(account.name) }

    func mayWrite() -> Bool { account.allows(.ordersWrite) }

    /// The order's number in the path.
    func number() throws -> OrderNumber { try context.orderNumber() }
}
