import GRDB

/// The file's tables, as a list of steps that only ever grows: a step that was released never changes.
enum Schema {
    /// `MLRM`: tells a Mailroom file from any other SQLite file.
    static let applicationID: Int64 = 0x4D4C_524D

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 orders and outbox", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            for part in [orders, outbox, inbound, catalogAndStaff, search] { try db.execute(sql: part) }
        }
        migrator.registerMigration("2 payloads apart", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: payloads)
        }
        migrator.registerMigration("3 words counted", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: words)
            try SearchIndex(db: db).countAllWords()
        }
        migrator.registerMigration("4 fingerprints with their orders", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: fingerprints)
        }
        migrator.registerMigration("5 people forgotten", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: people)
        }
        migrator.registerMigration("6 trace of a delivery", foreignKeyChecks: .immediate) { db in
            // `TraceContext.bytes`; NULL where none is known. A column at the end rewrites nothing.
            try db.execute(sql: "ALTER TABLE deliveries ADD COLUMN trace BLOB")
        }
        migrator.registerMigration("7 staff accounts", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: staffAccounts)
        }
        migrator.registerMigration("8 drafts", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: drafts)
        }
        migrator.registerMigration("9 search index merged in small steps", foreignKeyChecks: .immediate) { db in
            // `Upkeep` merges. By itself FTS5 merges some hundred pages at once, within whichever commit is next.
            try db.execute(sql: "INSERT INTO search (search, rank) VALUES ('automerge', 0)")
        }
        migrator.registerMigration("10 numbers by their places", foreignKeyChecks: .deferred) { db in
            try PlaceIndex.replaceNumberIndex(on: db)
        }
        return migrator
    }

    /// Keys are times (`OrderID`), so that "newest first", date ranges and cursors are ranges of the primary key.
    /// `flags` holds what is shown in bits 0–7 and what was raised in bits 8–15. `facts` is JSON and NULL as long as
    /// the columns say all. The placing itself has no row in `history`: the order's own row says it.
    private static let orders = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO meta VALUES ('epoch', 0), ('catalog_version', 1), ('probes', 0);

        CREATE TABLE orders (
            id INTEGER PRIMARY KEY CHECK (id >= 0),
            number INTEGER NOT NULL UNIQUE CHECK (number BETWEEN 0 AND 9999999999),
            token_secret BLOB NOT NULL CHECK (length(token_secret) = 16),
            placed_at INTEGER, -- NULL: the time in the id
            updated_at INTEGER NOT NULL,
            status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 31),
            flags INTEGER NOT NULL CHECK (flags BETWEEN 0 AND 65535),
            house_has_it INTEGER NOT NULL CHECK (house_has_it IN (0, 1)),
            was_sent INTEGER NOT NULL CHECK (was_sent IN (0, 1)),
            weight_limit TEXT NOT NULL,
            total_millionths INTEGER NOT NULL CHECK (total_millionths > 0), -- in the unit of weight_limit, rounded up
            titles INTEGER NOT NULL CHECK (titles > 0),
            copies INTEGER NOT NULL CHECK (copies >= titles),
            lines TEXT NOT NULL,
            name TEXT NOT NULL,
            organization TEXT,
            line1 TEXT NOT NULL,
            line2 TEXT,
            city TEXT NOT NULL,
            region TEXT NOT NULL,
            postal_code TEXT NOT NULL,
            country TEXT NOT NULL,
            phone TEXT,
            email TEXT,
            requester_type INTEGER NOT NULL,
            language INTEGER NOT NULL,
            notes TEXT,
            reship_of INTEGER,
            facts TEXT,
            version INTEGER NOT NULL CHECK (version > 0)
        ) STRICT;
        CREATE INDEX orders_status ON orders (status);
        CREATE INDEX orders_flag_1 ON orders (id) WHERE flags & 1;
        CREATE INDEX orders_flag_2 ON orders (id) WHERE flags & 2;
        CREATE INDEX orders_flag_4 ON orders (id) WHERE flags & 4;
        CREATE INDEX orders_flag_8 ON orders (id) WHERE flags & 8;
        CREATE INDEX orders_flag_16 ON orders (id) WHERE flags & 16;

        CREATE TABLE idempotency_keys (
            key TEXT PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 255),
            digest BLOB NOT NULL,
            order_id INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- The latest order of each address with the same items.
        CREATE TABLE fingerprints (fingerprint INTEGER PRIMARY KEY, order_id INTEGER NOT NULL) STRICT;

        CREATE TABLE history (
            order_id INTEGER NOT NULL REFERENCES orders (id),
            seq INTEGER NOT NULL CHECK (seq >= 0),
            at INTEGER NOT NULL,
            actor TEXT NOT NULL,
            event TEXT NOT NULL,
            from_status INTEGER,
            to_status INTEGER NOT NULL,
            detail TEXT,
            PRIMARY KEY (order_id, seq)
        ) STRICT, WITHOUT ROWID;
        """

    /// `due_at` is the next attempt while pending (state 0), else NULL. `log` holds the attempts (`AttemptLog`).
    /// `probed_at` is the last probe since the attempts began. `payload` moves to a table of its own in the
    /// second step.
    /// Delivered rows (2) leave the one index that the relay works with, so it stays as small as the queue.
    private static let outbox = """
        CREATE TABLE endpoints (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            url TEXT NOT NULL,
            is_down INTEGER NOT NULL DEFAULT 0 CHECK (is_down IN (0, 1)),
            is_paused INTEGER NOT NULL DEFAULT 0 CHECK (is_paused IN (0, 1)),
            last_success_at INTEGER,
            failures_in_a_row INTEGER NOT NULL DEFAULT 0 CHECK (failures_in_a_row >= 0),
            hold_until INTEGER
        ) STRICT;
        INSERT INTO endpoints (id, name, url) VALUES (1, 'fulfillment', '');

        CREATE TABLE deliveries (
            id INTEGER PRIMARY KEY CHECK (id >= 0),
            order_id INTEGER NOT NULL REFERENCES orders (id),
            kind INTEGER NOT NULL CHECK (kind >= 0),
            endpoint INTEGER NOT NULL REFERENCES endpoints (id),
            state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
            due_at INTEGER CHECK ((due_at IS NOT NULL) = (state = 0)),
            attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
            fence INTEGER NOT NULL DEFAULT 0 CHECK (fence >= 0),
            claimed_at INTEGER CHECK ((claimed_at IS NOT NULL) = (state = 1)),
            probed_at INTEGER,
            log TEXT,
            payload BLOB NOT NULL
        ) STRICT;
        CREATE INDEX deliveries_order ON deliveries (order_id);
        CREATE INDEX deliveries_open ON deliveries (endpoint, state, due_at) WHERE state <> 2;
        """

    /// See `PayloadTable`. What was delivered before stays as it is: larger, but the same.
    private static let payloads = """
        CREATE TABLE payloads (id INTEGER PRIMARY KEY REFERENCES deliveries (id), body BLOB NOT NULL) STRICT;
        CREATE TABLE packed_payloads (id INTEGER PRIMARY KEY REFERENCES deliveries (id), body BLOB NOT NULL) STRICT;
        INSERT INTO payloads (id, body) SELECT id, payload FROM deliveries;
        ALTER TABLE deliveries DROP COLUMN payload;
        """

    /// In how many indexed orders each folded word stands; see `SearchIndex`.
    private static let words = """
        CREATE TABLE search_words (word TEXT PRIMARY KEY, orders INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """

    /// See `RecentTwins`.
    private static let fingerprints = """
        ALTER TABLE orders ADD COLUMN fingerprint INTEGER;
        UPDATE orders SET fingerprint = f.fingerprint FROM fingerprints f WHERE f.order_id = orders.id;
        DROP TABLE fingerprints;
        """

    /// `final_at`: since when the order stands in its final status (7 returned, 9 cancelled, 10 delivered).
    /// `erased_at`: the person was forgotten; see `ErasureDesk`. In `meta`: before which order's key every order is
    /// erased, what the last round of erasing did, how often something was erased since the file was last scrubbed, and
    /// when that was.
    private static let people = """
        ALTER TABLE orders ADD COLUMN final_at INTEGER;
        ALTER TABLE orders ADD COLUMN erased_at INTEGER;
        UPDATE orders SET final_at = ifnull(
            (SELECT max(at) FROM history h
                WHERE h.order_id = orders.id AND h.to_status = orders.status AND h.from_status IS NOT h.to_status),
            updated_at)
        WHERE status IN (7, 9, 10);
        CREATE INDEX orders_due ON orders (final_at) WHERE final_at IS NOT NULL AND erased_at IS NULL;
        ALTER TABLE inbound_updates ADD COLUMN matched_to INTEGER;
        CREATE INDEX inbound_updates_number ON inbound_updates (order_number) WHERE order_number IS NOT NULL;
        CREATE INDEX inbound_updates_order ON inbound_updates (matched_to) WHERE matched_to IS NOT NULL;
        INSERT INTO meta VALUES ('erased_below', 0), ('erasing_round_at', 0), ('erasing_round_orders', 0),
            ('erasures', 0), ('scrubbed_erasures', 0), ('scrubbed_at', 0);
        """

    /// Passwords, sessions and devices are kept as hashes only. A disabled account stays: the history names it.
    private static let staffAccounts = """
        CREATE TABLE staff_accounts (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
            email TEXT NOT NULL UNIQUE,
            role INTEGER NOT NULL CHECK (role BETWEEN 0 AND 7),
            password TEXT NOT NULL,
            must_change INTEGER NOT NULL CHECK (must_change IN (0, 1)),
            created_at INTEGER NOT NULL,
            disabled_at INTEGER,
            has_shortcuts INTEGER NOT NULL CHECK (has_shortcuts IN (0, 1)),
            rows_per_page INTEGER NOT NULL CHECK (rows_per_page BETWEEN 1 AND 200),
            first_view TEXT NOT NULL
        ) STRICT;

        CREATE TABLE staff_sessions (
            hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
            account INTEGER NOT NULL REFERENCES staff_accounts (id),
            opened_at INTEGER NOT NULL,
            used_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX staff_sessions_account ON staff_sessions (account);

        CREATE TABLE staff_devices (
            hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
            account INTEGER NOT NULL REFERENCES staff_accounts (id),
            seen_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX staff_devices_account ON staff_devices (account);
        """

    /// See `SheetTable`. The id itself is known to a browser alone.
    private static let drafts = """
        CREATE TABLE drafts (
            hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
            kept_at INTEGER NOT NULL,
            answers TEXT CHECK ((answers IS NULL) = (token IS NOT NULL)),
            token TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX drafts_kept ON drafts (kept_at);
        """

    private static let inbound = """
        CREATE TABLE webhook_receipts (
            webhook_id TEXT PRIMARY KEY,
            digest BLOB NOT NULL,
            received_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE package_updates (
            order_id INTEGER NOT NULL REFERENCES orders (id),
            package_id TEXT NOT NULL,
            status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 31),
            occurred_at INTEGER NOT NULL,
            received_at INTEGER NOT NULL,
            carrier TEXT,
            tracking_number TEXT,
            tracking_url TEXT,
            items TEXT,
            message TEXT,
            location TEXT,
            PRIMARY KEY (order_id, package_id, status, occurred_at)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE tracking_numbers (
            number TEXT NOT NULL, -- upper case, without spaces and hyphens
            order_id INTEGER NOT NULL REFERENCES orders (id),
            package_id TEXT NOT NULL,
            carrier TEXT NOT NULL, -- lower case; '' when the house named none
            PRIMARY KEY (number, order_id, package_id, carrier)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE inbound_updates (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            webhook_id TEXT NOT NULL,
            type TEXT NOT NULL,
            order_number TEXT,
            received_at INTEGER NOT NULL,
            sent_at INTEGER NOT NULL,
            body BLOB NOT NULL,
            state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
            reason TEXT
        ) STRICT;
        CREATE INDEX inbound_updates_state ON inbound_updates (state);
        """

    private static let catalogAndStaff = """
        CREATE TABLE titles (
            position INTEGER PRIMARY KEY,
            sku TEXT NOT NULL UNIQUE CHECK (length(sku) BETWEEN 1 AND 40),
            title TEXT NOT NULL,
            language TEXT NOT NULL,
            format TEXT NOT NULL,
            description TEXT,
            unit_weight TEXT NOT NULL,
            max_quantity INTEGER NOT NULL CHECK (max_quantity BETWEEN 1 AND 1000000),
            available INTEGER NOT NULL CHECK (available IN (0, 1)),
            pdf_url TEXT
        ) STRICT;

        CREATE TABLE staff_tokens (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
            hash BLOB NOT NULL UNIQUE,
            scopes TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            revoked_at INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX staff_tokens_live ON staff_tokens (name) WHERE revoked_at IS NULL;
        """

    /// What is folded and cut into words comes from `SearchText`, so the tokenizer only splits at spaces. No columns,
    /// positions, sizes or content are kept: the smallest index that answers "every word starts a word". One and two
    /// letters are indexed apart: in a million orders they stand for so many words that finding them took 0.3 s.
    private static let search = """
        CREATE TABLE search_pending (order_id INTEGER PRIMARY KEY) STRICT;
        CREATE VIRTUAL TABLE search USING fts5 (
            words, content = '', columnsize = 0, detail = none, prefix = '1 2',
            tokenize = "ascii tokenchars '@.+-_~<'"
        );
        """
}
