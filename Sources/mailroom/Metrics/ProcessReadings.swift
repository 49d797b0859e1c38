import Foundation
import Fulfillment
import Orders

/// What the system says of this process, under the names that Prometheus' own clients use. Linux only.
enum ProcessReadings {
    static func all() -> [MetricReading] {
        var readings = [
            MetricReading("mailroom_build_info", [BuildInfo.version, BuildInfo.swift], 1)
        ]
        if let stat = text("/proc/self/stat"), let facts = Stat(stat) {
            let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
            readings.append(MetricReading("process_cpu_seconds_total", Double(facts.processorTicks) / ticks))
            readings.append(MetricReading("process_virtual_memory_bytes", Double(facts.virtualBytes)))
            readings.append(
                MetricReading("process_resident_memory_bytes", Double(facts.residentPages * Int(getpagesize()))))
            readings.append(MetricReading("process_threads", Double(facts.threads)))
            readings.append(
                MetricReading("process_start_time_seconds", bootSeconds + Double(facts.startTicks) / ticks))
        }
        if let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            // One of them was opened to look.
            readings.append(MetricReading("process_open_fds", Double(max(0, names.count - 1))))
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            readings.append(MetricReading("process_max_fds", Double(limit.rlim_cur)))
        }
        return readings
    }

    /// The fields of `/proc/self/stat` that matter here (proc(5)).
    struct Stat {
        let processorTicks: Int
        let threads: Int
        let startTicks: Int
        let virtualBytes: Int
        let residentPages: Int

        /// The second field, the program's name in brackets, may hold anything; what comes after its last bracket is
        /// numbers.
        init?(_ text: String) {
            guard let end = text.lastIndex(of: ")") else { return nil }
            let fields = text[text.index(after: end)...].split(separator: " ").map { Int($0) }
            func field(_ number: Int) -> Int? {
                let index = number - 3
                return fields.indices.contains(index) ? fields[index] : nil
            }
            guard let user = field(14), let system = field(15), let threads = field(20), let start = field(22),
                let virtual = field(23), let resident = field(24)
            else { return nil }
            processorTicks = user + system
            self.threads = threads
            startTicks = start
            virtualBytes = virtual
            residentPages = resident
        }
    }

    /// When the machine started, in seconds since 1970: from the clocks, since the unit's `ProcSubset=pid` hides
    /// `/proc/stat`. Reckoned once, so that the start does not wander with every correction of the clock.
    private static let bootSeconds: Double = {
        let clock = SystemClock()
        return Double(clock.now.milliseconds - clock.uptimeMilliseconds) / 1000
    }()

    private static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}
