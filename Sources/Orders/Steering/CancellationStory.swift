/// What became of the wish to cancel an order, or of the house's own decision to.
package struct CancellationStory: Sendable, Hashable {
    package enum State: String, Sendable {
        /// Asked of the house, not answered.
        case requested
        case refused
        /// Done: at once, or by the house.
        case cancelled
    }

    package let state: State
    package let reason: String?
    package let at: Timestamp
    package let actor: Actor
    /// What the house said to it.
    package let answer: String?

    /// Nil when nobody ever spoke of cancelling.
    package init?(_ order: Order) {
        let facts = order.facts
        let answers = facts.sortedMessages.compactMap(Answer.init)
        if let done = facts.cancelledAtOnce {
            self.init(.cancelled, done, answer: nil)
        } else if let asked = facts.cancellationAsked {
            guard !order.isCancellationOpen, let latest = answers.last else {
                self.init(.requested, asked.cancellation, answer: nil)
                return
            }
            // What the house cancelled stays so, whatever it says afterwards.
            let done = order.status == .cancelled ? answers.last { !$0.isRefusal } : nil
            let answer = done ?? latest
            self.init(answer.isRefusal ? .refused : .cancelled, asked.cancellation, answer: answer.reason)
        } else if let done = answers.last(where: { !$0.isRefusal }) {
            // To refuse what nobody asked says nothing.
            self.init(.cancelled, Cancellation(reason: done.reason, at: done.at, by: .house), answer: nil)
        } else {
            return nil
        }
    }

    private init(_ state: State, _ cancellation: Cancellation, answer: String?) {
        self.state = state
        reason = cancellation.reason
        at = cancellation.at
        actor = cancellation.by
        self.answer = answer
    }

    /// What the house said of cancelling.
    private struct Answer {
        let isRefusal: Bool
        let reason: String?
        let at: Timestamp

        init?(_ message: HouseMessage) {
            switch message.content {
            case .cancelled(let reason, _): (isRefusal, self.reason) = (false, reason)
            case .cancellationRefused(let reason, _): (isRefusal, self.reason) = (true, reason)
            case .acknowledged, .rejected, .backordered: return nil
            }
            at = message.sentAt
        }
    }
}
