/// Hears what the store does, to count and measure it. Called on the writer's queue while everybody waits: it must be
/// quick.
package protocol StoreListener: Sendable {
    /// - Parameters:
    ///   - callers: how many shared the commit, those whose work was taken back included.
    ///   - nanoseconds: their work and the commit, until all were answered.
    func committed(callers: Int, nanoseconds: Int64)
}
