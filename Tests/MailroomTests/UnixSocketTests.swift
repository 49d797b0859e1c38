import Foundation
import Testing

@testable import mailroom

@Suite struct UnixSocketTests {
    /// A socket bound to this path, which listens or does not.
    private static func bound(to path: String, listening: Bool) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
        if listening { try #require(listen(descriptor, 1) == 0) }
        return descriptor
    }

    @Test func itLiesBesideTheDatabase() throws {
        #expect(try UnixSocket(besideDatabase: "data/mailroom.db").path == "data/mailroom.db.sock")
    }

    @Test func aPathThatFitsASocketsAddressIsTheAddress() throws {
        let fitting = String(repeating: "a", count: 98)
        let socket = try UnixSocket(besideDatabase: fitting)
        #expect(socket.path.utf8.count == 103 && socket.address == socket.path)
    }

    @Test func aLongerPathIsReachedByAShorterWay() async throws {
        try await Samples.inFolder { folder in
            let deep = folder.appending(path: String(repeating: "deep/", count: 30))
            try FileManager.default.createDirectory(at: deep, withIntermediateDirectories: true)
            let socket = try UnixSocket(besideDatabase: deep.appending(path: "m.db").path)
            #expect(socket.path.utf8.count > 150 && socket.address.utf8.count < 40)
            let listening = try Self.bound(to: socket.address, listening: true)
            defer { close(listening) }
            #expect(FileManager.default.fileExists(atPath: socket.path))
            #expect(socket.isAnswered)
            #expect(try UnixSocket(besideDatabase: deep.appending(path: "m.db").path).isAnswered)
            try socket.removeStale()
            #expect(!FileManager.default.fileExists(atPath: socket.path))
        }
    }

    @Test(arguments: [
        "/tmp/" + String(repeating: "a", count: 99), "/nowhere/" + String(repeating: "a/", count: 60) + "m.db",
    ])
    func whatCannotBeASocketIsRefusedBeforeAnythingStarts(path: String) throws {
        let failure = #expect(throws: Failure.self) { try UnixSocket(besideDatabase: path) }
        #expect(failure?.status == .configuration)
    }

    @Test func onlyALivingServerAnswers() async throws {
        try await Samples.inFolder { folder in
            let socket = try UnixSocket(besideDatabase: folder.appending(path: "m.db").path)
            #expect(!socket.isAnswered)

            let listening = try Self.bound(to: socket.path, listening: true)
            #expect(socket.isAnswered)
            close(listening)
            #expect(FileManager.default.fileExists(atPath: socket.path))
            #expect(!socket.isAnswered)
        }
    }

    @Test func whatADeadServerLeftIsRemovedAndNothingIsNoTrouble() async throws {
        try await Samples.inFolder { folder in
            let socket = try UnixSocket(besideDatabase: folder.appending(path: "m.db").path)
            try socket.removeStale()
            close(try Self.bound(to: socket.path, listening: false))
            try socket.removeStale()
            #expect(!FileManager.default.fileExists(atPath: socket.path))
        }
    }
}
