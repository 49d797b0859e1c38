extension Array {
    /// Every order of the elements: n! of them, so keep n small.
    package var permutations: [[Element]] {
        guard count > 1 else { return [self] }
        return indices.flatMap { index in
            var rest = self
            let picked = rest.remove(at: index)
            return rest.permutations.map { [picked] + $0 }
        }
    }
}
