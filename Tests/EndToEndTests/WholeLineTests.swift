import Foundation
import Fulfillment
import Orders
import TestSupport
import Testing

@Suite(.serialized) struct WholeLineTests {
    /// The check of the checker: the specification's own example.
    @Test func ourSecondImplementationAgreesWithTheSpecificationsVector() {
        let vector = HouseSignature(secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        let body = Array(#"{"test": 2432232314}"#.utf8)
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
        #expect(vector.verifies(id: id, timestamp: "1614265330", signature: signature, body: body))
        #expect(!vector.verifies(id: id, timestamp: "1614265331", signature: signature, body: body))
    }

    @Test func anOrderGoesAllTheWay() async throws {
        let deployment = try await Deployment()
        let server = try await deployment.program.serve()
        let placed = try await deployment.place(on: server, key: "k-1")
        #expect(placed.status == 201)
        let number = try #require(placed["number"])
        let token = try #require(placed["status_token"])

        let request = try #require(await deployment.receiver.requests(1).first)
        #expect(deployment.isSigned(request))
        let event = try JSONReader.read(request.body)
        #expect(event["type"]?.stringValue == "order.placed")
        #expect(event["data"]?["order"]?["number"]?.stringValue == number)

        try await tellTheWholeStory(of: number, to: server, deployment)
        let status = try await deployment.send(
            "GET", "\(server.url)/v1/orders/\(number)", [("Authorization", "Bearer \(token)")])
        #expect(status["status"] == "delivered" && status.json["packages"]?.arrayValue?.count == 1)

        let detail = try await deployment.staff("orders/\(number)", on: server)
        #expect(detail.json["deliveries"]?.arrayValue?.first?["state"]?.stringValue == "delivered")
        let found = try await deployment.staff("orders?q=reader&status=delivered", on: server)
        #expect(found.json["data"]?.arrayValue?.map { $0["number"]?.stringValue } == [number])

        #expect(await server.terminate() == 0)
        for personal in ["Sample Reader", "Example Street", "reader@example.org", "q=reader", token] {
            #expect(!server.logged.contains(personal))
        }
        await deployment.stop()
    }

    /// Every update, twice, in a shuffled order.
    private func tellTheWholeStory(of number: String, to server: RunningServer, _ deployment: Deployment) async throws {
        let start = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000) - 3_600_000)
        let story: [(type: String, data: String)] =
            [("order.acknowledged", #"{"order_number":"\#(number)","house_reference":"H-1"}"#)]
            + ["pre_transit", "in_transit", "out_for_delivery", "delivered"].enumerated().map { index, status in
                (
                    "package.updated",
                    #"{"order_number":"\#(number)","package":{"id":"P1","carrier":"usps","tracking_number":"9400100000000000000001","status":"\#(status)","items":[{"sku":"FSAC-NET-EN","quantity":5}],"occurred_at":"\#(start.adding(seconds: Int64(index) * 60))"}}"#
                )
            }
        var generator = SeededGenerator(seed: UInt64.random(in: 0...UInt64.max))
        let arrivals = (Array(story.enumerated()) + Array(story.enumerated())).shuffled(using: &generator)
        var seen: Set<Int> = []
        for (index, message) in arrivals {
            let answer = try await deployment.tell(
                server, id: "house-\(index)", type: message.type, data: message.data,
                at: start.adding(seconds: Int64(index) * 60))
            let isFirst = seen.insert(index).inserted
            #expect(answer.status == 200, "seed \(generator.seed)")
            #expect((answer["result"] == "duplicate") == !isFirst, "seed \(generator.seed)")
        }
    }

    @Test func aKilledServerLosesNothingAndDoublesNothing() async throws {
        let hold = Gate()
        // The first answers never come: those deliveries are in flight when the server dies.
        let deployment = try await Deployment { _, index in index < 8 ? Answer.ok.held(by: hold) : .ok }
        let first = try await deployment.program.serve()
        let keys = (0..<200).map { "order-\($0)" }
        let acknowledged = Log<(key: String, number: String)>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for key in keys {
                group.addTask {
                    // After the kill the connection breaks: the outcome is unknown to this client.
                    guard let reply = try? await deployment.place(on: first, key: key), reply.status == 201,
                        let number = reply["number"]
                    else { return }
                    _ = acknowledged.add((key, number))
                }
            }
            group.addTask {
                _ = await acknowledged.first(60)
                _ = await deployment.receiver.requests(4)
                await first.kill()
            }
            try await group.waitForAll()
        }
        hold.open()

        let second = try await deployment.program.serve()
        var numbers: [String: String] = [:]
        for key in keys {
            let reply = try await deployment.place(on: second, key: key)
            #expect(reply.status == 201)
            numbers[key] = reply["number"]
        }
        for (key, number) in await acknowledged.first(60) { #expect(numbers[key] == number) }
        #expect(Set(numbers.values).count == keys.count)

        let total = try await deployment.staff("orders?limit=1", on: second)
        #expect(total.json["count"]?["value"]?.intValue == keys.count)
        try await everyOrderIsAnnouncedOnce(numbers.values.sorted(), deployment)
        #expect(await second.terminate() == 0)
        await deployment.stop()
    }

    /// Waits until the house has heard of every order, and checks that one event has one id and one body.
    private func everyOrderIsAnnouncedOnce(_ numbers: [String], _ deployment: Deployment) async throws {
        var count = numbers.count
        var bodies: [String: [UInt8]] = [:]
        var heard: Set<String> = []
        while heard.count < numbers.count {
            for request in await deployment.receiver.requests(count) {
                #expect(deployment.isSigned(request))
                let id = try #require(request.header("webhook-id"))
                #expect(bodies[id, default: request.body] == request.body)
                bodies[id] = request.body
                if let number = try JSONReader.read(request.body)["data"]?["order"]?["number"]?.stringValue {
                    heard.insert(number)
                }
            }
            count += 1
        }
        #expect(heard.sorted() == numbers && bodies.count == numbers.count)
    }

    @Test func commandsThatWriteGoThroughARunningServer() async throws {
        let deployment = try await Deployment()
        let server = try await deployment.program.serve()
        let second = try deployment.program.run(["serve"])
        #expect(second.status != 0 && second.errors.contains("in use by another mailroom process"))

        let token = try deployment.program.mustRun("token", "create", "--name", "reader", "--scope", "orders:read")
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let bearer = [(name: "Authorization", value: "Bearer \(token)")]
        #expect(try await deployment.send("GET", "\(server.url)/v1/staff/orders", bearer).status == 200)
        #expect(
            try await deployment.send(
                "PUT", "\(server.url)/v1/staff/catalog/X", bearer + [(name: "Content-Type", value: "application/json")],
                body: Array("{}".utf8)
            ).status == 403)
        try deployment.program.mustRun("token", "revoke", "reader")
        #expect(try await deployment.send("GET", "\(server.url)/v1/staff/orders", bearer).status == 401)

        let placed = try await deployment.place(on: server, key: "k")
        let number = try #require(placed["number"])
        #expect(try deployment.program.mustRun("orders", "list", "--json").contains(number))
        #expect(try deployment.program.mustRun("orders", "show", number).contains(number))
        let export = try deployment.program.mustRun("catalog", "export")
        #expect(export.hasPrefix("sku,title,language,format,description,weight,max_quantity,available,pdf_url"))
        #expect(await server.terminate() == 0)
        // Without a server the same command opens the file itself.
        #expect(try deployment.program.mustRun("orders", "list", "--json").contains(number))
        await deployment.stop()
    }
}
