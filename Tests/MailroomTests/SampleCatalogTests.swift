import Foundation
import Orders
import Testing

@testable import mailroom

@Suite struct SampleCatalogTests {
    @Test func theCatalogBuiltInIsTheFileInConfig() throws {
        let file = try FileBytes.read(Samples.repository.appending(path: "Config/catalog.csv").path)
        #expect(Demo.sampleCatalog == file)
        #expect(try CatalogFile.read(Demo.sampleCatalog).count >= 30)
    }
}
