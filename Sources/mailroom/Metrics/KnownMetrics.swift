/// Every metric there is, in the order in which it is shown. Alert rules and dashboards may name no other.
///
/// No label's value comes from a client: they are route templates, statuses and words of our own.
enum KnownMetrics {
    /// OpenTelemetry's advice for HTTP durations, in seconds.
    static let durationBuckets: [Double] = [
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
    ]
    private static let commitBuckets: [Double] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1]
    private static let callerBuckets: [Double] = [1, 2, 4, 8, 16, 32, 64, 128]

    static let http: [MetricDescription] = [
        .histogram(
            "http_server_request_duration_seconds",
            ["http_request_method", "http_route", "http_response_status_code"], buckets: durationBuckets,
            "From a request's head to its answer's head. http_route is empty when no route fits."),
        .gauge("http_server_active_requests", ["http_request_method"], "Requests that are being answered."),
        .counter(
            "mailroom_refusals_total", ["reason"], "Requests refused, by the last part of the problem's type."),
    ]

    static let orders: [MetricDescription] = [
        .counter("mailroom_orders_placed_total", "Orders accepted since the start; replays do not count."),
        .gauge("mailroom_orders", ["status"], "Orders in each state; each count stops at 10000."),
    ]

    static let outbox: [MetricDescription] = [
        .gauge(
            "mailroom_outbox_deliveries", ["state"],
            "Deliveries that are not done; the count of exhausted ones stops at 10000."),
        .gauge("mailroom_outbox_oldest_age_seconds", "Age of the oldest delivery that is not done; 0 without any."),
        .counter("mailroom_delivery_attempts_total", ["outcome"], "Attempts to tell the house, by what came of them."),
        .histogram(
            "mailroom_delivery_attempt_duration_seconds", buckets: durationBuckets,
            "From sending an announcement to its answer, or to giving up."),
        .gauge("mailroom_endpoint_state", ["endpoint", "state"], "1 for the state that an endpoint is in, else 0."),
        .gauge("mailroom_endpoint_consecutive_failures", ["endpoint"], "Failures in a row that say it is down."),
        .gauge(
            "mailroom_endpoint_last_success_timestamp_seconds", ["endpoint"],
            "When an endpoint last took something; absent before the first time."),
        .gauge("mailroom_relay_last_round_age_seconds", "Since the relay last went round; it does so every second."),
    ]

    static let store: [MetricDescription] = [
        .histogram("mailroom_commit_callers", buckets: callerBuckets, "Callers that shared one commit."),
        .histogram(
            "mailroom_commit_duration_seconds", buckets: commitBuckets,
            "One commit with the work of all its callers, until it was on the disk."),
        .gauge("mailroom_store_waiting_callers", "Callers that wait for a commit to begin."),
        .gauge("mailroom_database_size_bytes", "Size of the database's file."),
        .gauge("mailroom_wal_size_bytes", "Size of the write-ahead log beside it."),
        .gauge("mailroom_disk_free_bytes", "What may still be written to the database's disk."),
        .gauge("mailroom_disk_size_bytes", "Size of the database's disk."),
        .gauge(
            "mailroom_backup_last_success_timestamp_seconds",
            "When the last backup that was verified was begun; 0 before the first one here."),
        .gauge(
            "mailroom_readings_timestamp_seconds",
            "When what is read from the database for this page was last read; absent before the first time."),
    ]

    static let retention: [MetricDescription] = [
        .gauge(
            "mailroom_retention_due_orders", "Orders that still hold a person although retention.days are over."),
        .gauge(
            "mailroom_retention_overdue_orders", "Those that have been due for more than two days: nobody erases."),
        .gauge(
            "mailroom_retention_remains",
            "1 while something that was erased may still be found in unused parts of the file, else 0."),
        .gauge(
            "mailroom_retention_last_round_timestamp_seconds",
            "When erasing last went through the orders; absent before the first time."),
    ]

    static let process: [MetricDescription] = [
        .counter("process_cpu_seconds_total", "Processor time used, user and system."),
        .gauge("process_resident_memory_bytes", "Memory in use."),
        .gauge("process_virtual_memory_bytes", "Address space in use."),
        .gauge("process_open_fds", "Open file descriptors."),
        .gauge("process_max_fds", "File descriptors that may be open."),
        .gauge("process_threads", "Threads."),
        .gauge("process_start_time_seconds", "When the process started, in seconds since 1970."),
        .gauge("mailroom_build_info", ["version", "swift"], "Always 1; the labels say what is running."),
        .counter(
            "mailroom_metrics_rejected_total",
            "Metrics that were asked for under another kind or with other labels than before, and so are not here."),
    ]

    static let all = http + orders + outbox + store + retention + process
}

extension MetricDescription {
    static func counter(_ name: String, _ help: String) -> MetricDescription { counter(name, [], help) }

    static func gauge(_ name: String, _ help: String) -> MetricDescription { gauge(name, [], help) }

    static func histogram(_ name: String, buckets: [Double], _ help: String) -> MetricDescription {
        histogram(name, [], buckets: buckets, help)
    }
}
