/// A SKU and how many of it, as the house states them; unlike a `LineItem` it promises nothing.
package struct ItemCount: Sendable, Hashable {
    package let sku: String
    package let quantity: Int

    package init(sku: String, quantity: Int) {
        self.sku = sku
        self.quantity = quantity
    }
}

extension [ItemCount] {
    /// How many of one SKU, which may be named more than once.
    func quantity(of sku: String) -> Int {
        reduce(0) { $1.sku == sku ? saturatingSum($0, $1.quantity) : $0 }
    }
}

/// Quantities come from outside and may be of any size: the largest number stands for all beyond it.
func saturatingSum(_ a: Int, _ b: Int) -> Int {
    let (value, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : value
}
