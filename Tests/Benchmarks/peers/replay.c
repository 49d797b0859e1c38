// Replays a tape of the service's own statements from C: the limit that its schema sets, without its HTTP and Swift.
//
//     replay TAPE DATABASE PER_COMMIT ORDERS PRAGMAS
//
// DATABASE is a copy of the file that the recorded service started with; PRAGMAS are those of the service's writer. The
// tape is in memory before the clock starts, each SQL is prepared once. Callers' work is replayed in the order in which
// the service did it, PER_COMMIT orders in each transaction, until ORDERS are written, or the tape ends. BEGIN and
// COMMIT are the replay's own; SAVEPOINT and RELEASE are left out, which favours C. Every value, row count and number
// of steps is the service's. Prints {"orders", "seconds", "per_second", "runs", "mismatches", "whole_tape"}; a mismatch
// is a run that changed another number of rows than it did in the service.
#include "tape.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LARGEST_TAPE_STATEMENTS = 4096 };

typedef struct {
    sqlite3_stmt *statement;
    bool inserts_orders, reads_only;
} Statement;

static sqlite3 *db;
static Statement statements[LARGEST_TAPE_STATEMENTS];
static const unsigned char *cursor, *end;
static int64_t orders, runs, mismatches;

static void must(bool right, const char *what) {
    if (right) return;
    fprintf(stderr, "replay: %s: %s\n", what, db != NULL ? sqlite3_errmsg(db) : "no database");
    exit(1);
}

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void execute(const char *sql) { must(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, sql); }

// MARK: Reading the tape

static void take(void *value, size_t count) {
    must((size_t)(end - cursor) >= count, "the tape is cut off");
    memcpy(value, cursor, count);
    cursor += count;
}

static uint32_t take_u32(void) {
    uint32_t value;
    take(&value, sizeof value);
    return value;
}

static const void *take_bytes(uint32_t count) {
    must((size_t)(end - cursor) >= count, "the tape is cut off");
    const void *bytes = cursor;
    cursor += count;
    return bytes;
}

static void load(const char *path) {
    FILE *file = fopen(path, "rb");
    must(file != NULL && fseek(file, 0, SEEK_END) == 0, path);
    size_t count = (size_t)ftell(file);
    unsigned char *bytes = malloc(count + 1);
    must(bytes != NULL && fseek(file, 0, SEEK_SET) == 0 && fread(bytes, 1, count, file) == count, path);
    fclose(file);
    must(count >= TAPE_HEADER_BYTES && memcmp(bytes, TAPE_HEADER, TAPE_HEADER_BYTES) == 0, "this is no tape");
    cursor = bytes + TAPE_HEADER_BYTES;
    end = bytes + count;
}

static void prepare_statement(void) {
    uint32_t number = take_u32(), length = take_u32();
    must(number < LARGEST_TAPE_STATEMENTS, "too many different statements");
    const char *sql = take_bytes(length);
    Statement *it = &statements[number];
    int code = sqlite3_prepare_v3(db, sql, (int)length, SQLITE_PREPARE_PERSISTENT, &it->statement, NULL);
    must(code == SQLITE_OK, "a statement of the tape");
    it->inserts_orders = strncmp(sql, "INSERT INTO orders ", 19) == 0;
    it->reads_only = sqlite3_stmt_readonly(it->statement) != 0;
}

/// Walks over a run without doing it.
static void skip_run(void) {
    cursor += 12;
    uint16_t count;
    take(&count, sizeof count);
    for (; count > 0; count--) {
        unsigned char type;
        take(&type, 1);
        if (type == SQLITE_INTEGER || type == SQLITE_FLOAT) take_bytes(8);
        if (type == SQLITE_TEXT || type == SQLITE_BLOB) take_bytes(take_u32());
    }
}

/// Prepares every statement of the tape, so that no compiling is timed, and sees that the tape is whole.
static void prepare_all(void) {
    const unsigned char *start = cursor;
    while (cursor < end) {
        char kind = (char)*cursor++;
        if (kind == 'Q') prepare_statement();
        else if (kind == 'X') skip_run();
        else must(kind == 'E' || kind == 'T', "the tape has an unknown entry");
    }
    cursor = start;
}

// MARK: Doing it

static void bind_value(sqlite3_stmt *statement, int index) {
    unsigned char type;
    take(&type, 1);
    int code = SQLITE_OK;
    if (type == SQLITE_INTEGER) {
        int64_t number;
        take(&number, sizeof number);
        code = sqlite3_bind_int64(statement, index, number);
    } else if (type == SQLITE_FLOAT) {
        double number;
        take(&number, sizeof number);
        code = sqlite3_bind_double(statement, index, number);
    } else if (type == SQLITE_NULL) {
        code = sqlite3_bind_null(statement, index);
    } else {
        uint32_t count = take_u32();
        const void *bytes = take_bytes(count);
        code = type == SQLITE_TEXT ? sqlite3_bind_text(statement, index, bytes, (int)count, SQLITE_STATIC)
                                   : sqlite3_bind_blob(statement, index, bytes, (int)count, SQLITE_STATIC);
    }
    must(code == SQLITE_OK, "bind a value");
}

static void do_run(void) {
    uint32_t number = take_u32(), steps = take_u32();
    int32_t changes;
    uint16_t count;
    take(&changes, sizeof changes);
    take(&count, sizeof count);
    Statement *it = &statements[number];
    for (int index = 1; index <= count; index++) bind_value(it->statement, index);
    int code = SQLITE_ROW;
    while (steps-- > 0 && code == SQLITE_ROW) code = sqlite3_step(it->statement);
    must(code == SQLITE_ROW || code == SQLITE_DONE, sqlite3_sql(it->statement));
    // Known when a statement ran to its end; one that returns rows may be left before that (-1).
    if (!it->reads_only && changes >= 0 && sqlite3_changes(db) != changes) mismatches++;
    if (it->inserts_orders) orders += sqlite3_changes(db);
    must(sqlite3_reset(it->statement) == SQLITE_OK, "reset a statement");
    runs++;
}

/// Replays whole transactions of the service until `wanted` orders are written.
static void replay(int64_t per_commit, int64_t wanted) {
    int64_t committed = 0;
    bool is_open = false;
    while (cursor < end) {
        char kind = (char)*cursor++;
        if (kind == 'Q') {
            cursor += 4;
            take_bytes(take_u32());
        } else if (kind == 'X') {
            if (!is_open) execute("BEGIN IMMEDIATE");
            is_open = true;
            do_run();
        }
        if (is_open && kind != 'X' && orders - committed >= per_commit) {
            execute("COMMIT");
            is_open = false;
            committed = orders;
        }
        if (kind == 'T' && orders >= wanted) break;
    }
    if (is_open) execute("COMMIT");
}

int main(int argc, char **argv) {
    int64_t per_commit = argc == 6 ? atoll(argv[3]) : 0, wanted = argc == 6 ? atoll(argv[4]) : 0;
    if (per_commit < 1 || wanted < 1) {
        fprintf(stderr, "usage: replay TAPE DATABASE PER_COMMIT ORDERS PRAGMAS\n");
        return 64;
    }
    load(argv[1]);
    must(sqlite3_open_v2(argv[2], &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK, argv[2]);
    execute(argv[5]);
    prepare_all();
    double start = seconds_now();
    replay(per_commit, wanted);
    double seconds = seconds_now() - start;
    printf("{\"orders\": %lld, \"seconds\": %.6f, \"per_second\": %.1f, \"runs\": %lld, \"mismatches\": %lld,"
           " \"whole_tape\": %s}\n",
           (long long)orders, seconds, (double)orders / seconds, (long long)runs, (long long)mismatches,
           cursor == end ? "true" : "false");
    return 0;
}
