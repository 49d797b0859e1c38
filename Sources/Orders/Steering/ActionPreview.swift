extension OrderDetail {
    /// Why an action would be refused now; nil when it would be done. The same decision as the store's, so that staff
    /// are offered what is possible and told why the rest is not.
    package func refusal(of action: StaffAction, at now: Timestamp) -> TransitionRefusal? {
        guard let placed = deliveries.last(where: { $0.kind == .orderPlaced }) else { return nil }
        let delivery = PlacedDelivery(id: placed.id, isInFlight: placed.state == .inFlight)
        switch order.deciding(action, by: .system, at: now, delivery: delivery) {
        case .accepted: return nil
        case .refused(let refusal): return refusal
        }
    }
}
