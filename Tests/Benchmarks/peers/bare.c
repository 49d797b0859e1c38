// The yardstick: a bare order in raw SQLite, written by C, without HTTP, validation, keys, history or search.
//
//     bare FILE COUNT PER_COMMIT
//
// Writes COUNT orders of 3 lines with their announcement to a new FILE, PER_COMMIT orders in each transaction, WAL and
// synchronous=FULL, and prints {"orders", "seconds", "per_second"}. The clock covers the inserts and their commits.
// It gets the service's cache and checkpoint size, so that it lacks nothing that the service has.
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAYLOAD_BYTES = 1100, LINES = 3, TITLES = 64 };

static const char SCHEMA[] =
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, number INTEGER NOT NULL UNIQUE, token BLOB NOT NULL,"
    " placed_at INTEGER NOT NULL, status INTEGER NOT NULL, name TEXT NOT NULL, line1 TEXT NOT NULL,"
    " city TEXT NOT NULL, region TEXT NOT NULL, postal_code TEXT NOT NULL, country TEXT NOT NULL, email TEXT,"
    " requester_type INTEGER NOT NULL, language INTEGER NOT NULL);"
    "CREATE TABLE lines (order_id INTEGER NOT NULL, sku TEXT NOT NULL, title TEXT NOT NULL, quantity INTEGER NOT NULL,"
    " weight INTEGER NOT NULL, PRIMARY KEY (order_id, sku)) WITHOUT ROWID;"
    "CREATE TABLE outbox (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL, due_at INTEGER NOT NULL,"
    " payload BLOB NOT NULL);"
    "CREATE INDEX outbox_due ON outbox (due_at);";

static sqlite3 *db;
static sqlite3_stmt *begin_work, *commit_work, *insert_order, *insert_line, *insert_event;
static char skus[TITLES][24], titles[TITLES][80];
static unsigned char payload[PAYLOAD_BYTES];

static void must(bool right, const char *what) {
    if (right) return;
    fprintf(stderr, "bare: %s: %s\n", what, db != NULL ? sqlite3_errmsg(db) : "no database");
    exit(1);
}

static uint64_t random_bits(void) {
    // xorshift64*: fast, and good enough for keys that must only differ.
    static uint64_t state = 0x9E3779B97F4A7C15u;
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545F4914F6CDD1Du;
}

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int64_t milliseconds_since_1970(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void execute(const char *sql) { must(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, sql); }

static sqlite3_stmt *prepared(const char *sql) {
    sqlite3_stmt *statement = NULL;
    must(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) == SQLITE_OK, sql);
    return statement;
}

static void run(sqlite3_stmt *statement) {
    must(sqlite3_step(statement) == SQLITE_DONE, sqlite3_sql(statement));
    sqlite3_reset(statement);
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text) {
    sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

static void require_durable(void) {
    const char *expected[2][2] = {{"PRAGMA journal_mode", "wal"}, {"PRAGMA synchronous", "2"}};
    for (int index = 0; index < 2; index++) {
        sqlite3_stmt *asked = prepared(expected[index][0]);
        must(sqlite3_step(asked) == SQLITE_ROW, expected[index][0]);
        must(strcmp((const char *)sqlite3_column_text(asked, 0), expected[index][1]) == 0, "the file is not durable");
        sqlite3_finalize(asked);
    }
}

static void open_database(const char *path) {
    must(sqlite3_open(path, &db) == SQLITE_OK, path);
    execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384;"
            "PRAGMA wal_autocheckpoint = 4000;");
    require_durable();
    execute(SCHEMA);
    begin_work = prepared("BEGIN IMMEDIATE");
    commit_work = prepared("COMMIT");
    insert_order = prepared("INSERT INTO orders VALUES (NULL, ?, ?, ?, 0, ?, ?, ?, ?, ?, 'US', ?, ?, 0)");
    insert_line = prepared("INSERT INTO lines VALUES (?, ?, ?, ?, ?)");
    insert_event = prepared("INSERT INTO outbox VALUES (NULL, ?, ?, ?)");
    for (int index = 0; index < TITLES; index++) {
        snprintf(skus[index], sizeof skus[index], "FSAC-%05d-EN", index);
        snprintf(titles[index], sizeof titles[index], "Frankly Speaking About Cancer: Title Number %d", index);
    }
    for (int index = 0; index < PAYLOAD_BYTES; index++) payload[index] = (unsigned char)(' ' + random_bits() % 90);
}

static void place_order(int64_t count) {
    static const char *places[4][3] = {
        {"Huntsville", "AL", "35801"}, {"Fairbanks", "AK", "99701"},
        {"Springfield", "IL", "62701"}, {"Sacramento", "CA", "95814"}};
    char name[48], line1[64], email[64];
    uint64_t token[2] = {random_bits(), random_bits()};
    const char *const *place = places[random_bits() % 4];
    int64_t now = milliseconds_since_1970();
    snprintf(name, sizeof name, "Rosalind Fairweather %d", (int)(random_bits() % 1000));
    snprintf(line1, sizeof line1, "%lld Ocotillo Wash Drive", (long long)count);
    snprintf(email, sizeof email, "rosalind.fairweather.%lld@example.org", (long long)count);
    sqlite3_bind_int64(insert_order, 1, (int64_t)(random_bits() % 10000000000u));
    sqlite3_bind_blob(insert_order, 2, token, sizeof token, SQLITE_STATIC);
    sqlite3_bind_int64(insert_order, 3, now);
    bind_text(insert_order, 4, name);
    bind_text(insert_order, 5, line1);
    for (int index = 0; index < 3; index++) bind_text(insert_order, 6 + index, place[index]);
    bind_text(insert_order, 9, email);
    sqlite3_bind_int64(insert_order, 10, (int64_t)(random_bits() % 6));
    // A number that is taken is drawn again, as any such program must.
    while (sqlite3_step(insert_order) == SQLITE_CONSTRAINT) {
        sqlite3_reset(insert_order);
        sqlite3_bind_int64(insert_order, 1, (int64_t)(random_bits() % 10000000000u));
    }
    must(sqlite3_reset(insert_order) == SQLITE_OK, "insert an order");
    int64_t order = sqlite3_last_insert_rowid(db);
    uint64_t start = random_bits();
    for (int line = 0; line < LINES; line++) {
        uint64_t title = (start + (uint64_t)line * 7) % TITLES;
        sqlite3_bind_int64(insert_line, 1, order);
        bind_text(insert_line, 2, skus[title]);
        bind_text(insert_line, 3, titles[title]);
        sqlite3_bind_int64(insert_line, 4, (int64_t)(random_bits() % 3 + 1));
        sqlite3_bind_int64(insert_line, 5, 3200000);
        run(insert_line);
    }
    memcpy(payload, &order, sizeof order);
    sqlite3_bind_int64(insert_event, 1, order);
    sqlite3_bind_int64(insert_event, 2, now);
    sqlite3_bind_blob(insert_event, 3, payload, PAYLOAD_BYTES, SQLITE_STATIC);
    run(insert_event);
}

static int64_t stored_orders(void) {
    sqlite3_stmt *asked = prepared("SELECT count(*) FROM orders");
    must(sqlite3_step(asked) == SQLITE_ROW, "count the orders");
    int64_t count = sqlite3_column_int64(asked, 0);
    sqlite3_finalize(asked);
    return count;
}

int main(int argc, char **argv) {
    int64_t count = argc == 4 ? atoll(argv[2]) : 0, per_commit = argc == 4 ? atoll(argv[3]) : 0;
    if (count < 1 || per_commit < 1) {
        fprintf(stderr, "usage: bare FILE COUNT PER_COMMIT\n");
        return 64;
    }
    open_database(argv[1]);
    double start = seconds_now();
    for (int64_t done = 0; done < count;) {
        run(begin_work);
        for (int64_t k = 0; k < per_commit && done < count; k++) place_order(done++);
        run(commit_work);
    }
    double seconds = seconds_now() - start;
    must(stored_orders() == count, "not every order is stored");
    printf("{\"orders\": %lld, \"seconds\": %.6f, \"per_second\": %.1f}\n", (long long)count, seconds,
           (double)count / seconds);
    return 0;
}
