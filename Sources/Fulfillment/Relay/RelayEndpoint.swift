/// Where deliveries go.
package struct RelayEndpoint: Sendable, Hashable {
    /// As the store and staff know it.
    package let name: String
    package let url: String

    package init(name: String, url: String) {
        self.name = name
        self.url = url
    }
}
