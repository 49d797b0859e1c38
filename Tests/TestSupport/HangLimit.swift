package import Testing

extension TimeLimitTrait.Duration {
    /// How long a test may take before it counts as hanging.
    ///
    /// Far beyond what any takes: on a machine that shared its cores, limits of one and two minutes were exceeded by
    /// tests in which nothing hung, and a limit that a busy neighbour can exceed finds no fault.
    package static var hanging: Self { .minutes(10) }
}
