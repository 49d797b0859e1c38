import Orders
import Testing

@testable import mailroom

@Suite struct ServerConnectionTests {
    @Test(arguments: [
        (401, SystemExit.noPermission), (404, .noInput), (409, .dataError), (422, .dataError), (429, .temporaryFailure),
        (503, .temporaryFailure), (500, .software), (302, .software),
    ])
    func aRefusalBecomesAnExitCode(_ status: Int, _ exit: SystemExit) {
        #expect(ServerConnection.refusal(status, nil) == Failure(exit, "the server answered \(status)"))
    }

    @Test func aPersonReadsEveryProblemOnItsLine() throws {
        let problem = try JSONReader.read(
            Array(
                """
                {"title": "Invalid", "detail": "2 rows are wrong.", "errors": [
                {"pointer": "/line/3/weight", "code": "c", "detail": "is no weight"},
                {"pointer": "/line/4/sku", "code": "c", "detail": "is no SKU"}]}
                """.utf8))
        let expected = "2 rows are wrong.\n  /line/3/weight: is no weight\n  /line/4/sku: is no SKU"
        #expect(ServerConnection.refusal(422, problem).message == expected)
    }
}
