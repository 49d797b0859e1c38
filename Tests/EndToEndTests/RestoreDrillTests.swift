import Foundation
import Orders
import TestSupport
import Testing

/// The night an operator is afraid of, on a good day: a backup under load, and a start on what it holds.
@Suite(.serialized, .timeLimit(.hanging)) struct RestoreDrillTests {
    @Test func everyOrderAcknowledgedBeforeTheBackupBeganIsThereAfterTheRestore() async throws {
        let deployment = try await Deployment()
        let server = try await deployment.program.serve()
        let acknowledged = Log<String>()
        let stop = Gate()
        let (before, backup) = try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<6 {
                group.addTask {
                    var count = 0
                    while !stop.isOpen {
                        let reply = try await deployment.place(on: server, key: "w\(worker)-\(count)")
                        if reply.status == 201, let number = reply["number"] { acknowledged.add(number) }
                        count += 1
                    }
                }
            }
            let before = await acknowledged.first(300)
            let folder = deployment.program.folder.path + "/backups"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            let output = try deployment.program.mustRun("backup", "--to-dir", folder, "--keep", "3", "--json")
            // The load went on while it was made.
            _ = await acknowledged.first(acknowledged.entries.count + 20)
            stop.open()
            try await group.waitForAll()
            return (before, try JSONReader.read(Array(output.utf8)))
        }
        let file = try #require(backup["backup"]?.stringValue)
        let inBackup = try #require(backup["rows"]?["orders"]?.intValue)
        #expect(inBackup >= before.count && inBackup < acknowledged.entries.count)
        #expect(try deployment.program.run(["restore", file, "--replace"]).status == 75)
        #expect(await server.terminate() == 0)
        #expect(try deployment.program.run(["restore", file]).status == 73)
        #expect(try deployment.program.mustRun("restore", file, "--replace").contains("what was there is"))

        let restored = try await deployment.program.serve()
        for number in before {
            #expect(try await deployment.staff("orders/\(number)", on: restored).status == 200, "\(number)")
        }
        let list = try await deployment.staff("orders?limit=1", on: restored)
        #expect(list.json["count"]?["value"]?.intValue == inBackup)
        // A key of before still gives the same order, and new ones are taken.
        let replayed = try await deployment.place(on: restored, key: "w0-0")
        #expect(replayed.status == 201 && before.contains(replayed["number"] ?? ""))
        #expect(try await deployment.place(on: restored, key: "after").status == 201)
        #expect(await restored.terminate() == 0)
        #expect(try deployment.program.run(["verify"]).status == 0)
        await deployment.stop()
    }
}
