import Orders
import TestSupport
import Testing

@Suite struct ParcelTests {
    private func status(_ updates: [PackageUpdate]) -> PackageStatus { Parcel(id: "P1", folding: updates).status }

    /// `statuses` at minutes 1, 2, 3, …
    private func status(after statuses: [PackageStatus]) -> PackageStatus {
        status(statuses.enumerated().map { Sample.update("P1", $1, minute: Int64($0 + 1)) })
    }

    @Test(
        arguments: [
            ([.inTransit, .outForDelivery, .inTransit], .inTransit),
            ([.inTransit, .unknown], .inTransit),
            ([.unknown], .unknown),
            ([.delivered, .inTransit], .delivered),
            ([.delivered, .cancelled], .delivered),
            ([.delivered, .failure], .delivered),
            ([.delivered, .returnToSender], .returnToSender),
            ([.delivered, .returned], .returned),
            ([.returnToSender, .inTransit], .returnToSender),
            ([.returnToSender, .delivered], .delivered),
            ([.returnToSender, .returned, .delivered], .returned),
            ([.returned, .inTransit], .returned),
            ([.cancelled, .preTransit], .cancelled),
            ([.cancelled, .inTransit], .inTransit),
            ([.failure, .inTransit], .inTransit),
            ([.failure, .delivered], .delivered),
            ([.inTransit, .cancelled], .cancelled),
        ] as [([PackageStatus], PackageStatus)])
    func theLatestUpdateWinsButForTheExceptions(statuses: [PackageStatus], expected: PackageStatus) {
        #expect(status(after: statuses) == expected)
    }

    @Test func rankBreaksTiesOfTime() {
        #expect(
            status([Sample.update("P1", .delivered, minute: 1), Sample.update("P1", .inTransit, minute: 1)])
                == .delivered)
        #expect(PackageStatus.allCases.map(\.rank) == Array(0..<12))
    }

    @Test(arguments: 0..<150) func arrivalOrderAndRepetitionCannotMatter(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let updates = (0..<5).map { _ in
            Sample.update(
                "P1", PackageStatus.allCases.randomElement(using: &generator)!,
                minute: .random(in: 0...3, using: &generator),
                items: Bool.random(using: &generator) ? [("A", .random(in: 0...5, using: &generator))] : nil)
        }
        // The same (status, time) is one update: the first that is stored.
        let stored = updates.reduce(into: [PackageUpdate]()) { kept, update in
            if !kept.contains(where: { $0.isSame(as: update) }) { kept.append(update) }
        }
        let expected = Parcel(id: "P1", folding: stored)
        for order in stored.permutations {
            #expect(Parcel(id: "P1", folding: order) == expected, "seed \(seed)")
        }
    }

    @Test func anUpdateFromTheFutureStaysOutOfTheFold() {
        let ahead = Sample.update("P1", .delivered, minute: 24 * 60 + 1, receivedMinute: 0)
        #expect(status([Sample.update("P1", .inTransit, minute: 0), ahead]) == .inTransit)
        #expect(!Sample.update("P1", .delivered, minute: 24 * 60, receivedMinute: 0).isDatedAhead)
    }

    @Test func itemsComeFromTheLatestUpdateThatHasThem() {
        let parcel = Parcel(
            id: "P1",
            folding: [
                Sample.update("P1", .preTransit, minute: 1, items: [("A", 1)]),
                Sample.update("P1", .inTransit, minute: 2, items: [("A", 3)]),
                Sample.update("P1", .delivered, minute: 3),
            ])
        #expect(parcel.quantity(of: "A") == 3 && parcel.quantity(of: "B") == 0)
    }
}
