// Records on a tape what a running service's writer does: LD_PRELOAD=librecorder.so MAILROOM_TAPE=FILE program …
//
// It stands between the program and the system's libsqlite3. The connection that runs BEGIN IMMEDIATE is the writer;
// every statement that it steps inside such a transaction is kept with the values bound to it, and written when the
// transaction commits. What a caller took back (ROLLBACK TO) is left out, and so are BEGIN, COMMIT, SAVEPOINT and
// RELEASE themselves: where callers end is marked instead. Readers' statements and what SQLite does inside a statement
// (FTS5 prepares statements of its own) are not recorded. The format is in tape.h. Not for timing: it takes a lock.
#include "tape.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BUCKETS = 4096, LARGEST_TAPE_STATEMENTS = 4096 };

typedef struct {
    unsigned char *bytes;
    size_t count, capacity;
} Buffer;

typedef struct {
    int type;
    Buffer content;
} Value;

/// A prepared statement of the program.
typedef struct Tracked {
    struct Tracked *next;
    sqlite3_stmt *statement;
    uint32_t number; // on the tape; 0 before its first use
    bool is_running; // stepped, and neither reset nor done
    uint64_t transaction; // the one that `entry` belongs to
    size_t entry; // where its current run lies in `work`
    int value_count;
    Value *values;
} Tracked;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Tracked *buckets[BUCKETS];
static char *sql_by_number[LARGEST_TAPE_STATEMENTS];
static uint32_t statement_count;
static FILE *tape;
static sqlite3 *writer; // while its transaction is open
static uint64_t transaction;
static Buffer work; // what the open transaction did so far
static size_t caller_start;
static bool callers_are_marked;
static _Thread_local int depth; // above 0: SQLite itself is calling

static void fail(const char *what) {
    fprintf(stderr, "recorder: %s\n", what);
    abort();
}

static void *library_function(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL) fail("libsqlite3 lacks a function");
    return function;
}

#define REAL(name) \
    static __typeof__(name) *real; \
    if (real == NULL) real = (__typeof__(name) *)library_function(#name)

static void append(Buffer *buffer, const void *bytes, size_t count) {
    if (buffer->count + count > buffer->capacity) {
        buffer->capacity = (buffer->count + count) * 2;
        buffer->bytes = realloc(buffer->bytes, buffer->capacity);
        if (buffer->bytes == NULL) fail("no memory");
    }
    if (count > 0) memcpy(buffer->bytes + buffer->count, bytes, count);
    buffer->count += count;
}

static void append_u32(Buffer *buffer, uint32_t value) { append(buffer, &value, sizeof value); }
static bool starts(const char *sql, const char *word) {
    while (*sql == ' ' || *sql == '\n' || *sql == '\t') sql++;
    return strncasecmp(sql, word, strlen(word)) == 0;
}

// MARK: Statements

static Tracked **place_of(sqlite3_stmt *statement) {
    Tracked **place = &buckets[((uintptr_t)statement >> 4) % BUCKETS];
    while (*place != NULL && (*place)->statement != statement) place = &(*place)->next;
    return place;
}

static void track(sqlite3_stmt *statement) {
    if (statement == NULL) return;
    pthread_mutex_lock(&lock);
    Tracked **place = place_of(statement);
    if (*place != NULL) fail("a statement was prepared twice at one address");
    Tracked *tracked = calloc(1, sizeof *tracked);
    if (tracked == NULL) fail("no memory");
    tracked->statement = statement;
    tracked->value_count = sqlite3_bind_parameter_count(statement);
    tracked->values = calloc((size_t)tracked->value_count + 1, sizeof(Value));
    if (tracked->values == NULL) fail("no memory");
    for (int index = 0; index < tracked->value_count; index++) tracked->values[index].type = SQLITE_NULL;
    *place = tracked;
    pthread_mutex_unlock(&lock);
}

static void forget(sqlite3_stmt *statement) {
    pthread_mutex_lock(&lock);
    Tracked **place = place_of(statement);
    Tracked *tracked = *place;
    if (tracked != NULL) {
        *place = tracked->next;
        for (int index = 0; index < tracked->value_count; index++) free(tracked->values[index].content.bytes);
        free(tracked->values);
        free(tracked);
    }
    pthread_mutex_unlock(&lock);
}

/// Remembers a value; nothing when SQLite refused it, or it is SQLite's own statement.
static int bound(sqlite3_stmt *statement, int index, int code, int type, const void *bytes, size_t count) {
    if (code != SQLITE_OK || depth > 0) return code;
    pthread_mutex_lock(&lock);
    Tracked *tracked = *place_of(statement);
    if (tracked != NULL && index >= 1 && index <= tracked->value_count) {
        Value *value = &tracked->values[index - 1];
        value->type = bytes == NULL ? SQLITE_NULL : type;
        value->content.count = 0;
        append(&value->content, bytes, bytes == NULL ? 0 : count);
    }
    pthread_mutex_unlock(&lock);
    return code;
}

// MARK: Transactions

/// The number of a statement's text on the tape; written there when it is new.
static uint32_t number_of(const char *sql) {
    for (uint32_t number = 1; number <= statement_count; number++) {
        if (strcmp(sql_by_number[number], sql) == 0) return number;
    }
    if (statement_count + 1 >= LARGEST_TAPE_STATEMENTS) fail("too many different statements");
    statement_count++;
    sql_by_number[statement_count] = strdup(sql);
    if (sql_by_number[statement_count] == NULL) fail("no memory");
    uint32_t length = (uint32_t)strlen(sql);
    fwrite("Q", 1, 1, tape);
    fwrite(&statement_count, sizeof statement_count, 1, tape);
    fwrite(&length, sizeof length, 1, tape);
    fwrite(sql, 1, length, tape);
    return statement_count;
}

static void append_run(Tracked *tracked, const char *sql) {
    if (tracked->number == 0) tracked->number = number_of(sql);
    tracked->transaction = transaction;
    tracked->entry = work.count;
    append(&work, "X", 1);
    append_u32(&work, tracked->number);
    append(&work, (const uint32_t[]){0, UINT32_MAX}, 2 * sizeof(uint32_t)); // steps and changes, filled in later
    append(&work, &(uint16_t){(uint16_t)tracked->value_count}, sizeof(uint16_t));
    for (int index = 0; index < tracked->value_count; index++) {
        Value *value = &tracked->values[index];
        unsigned char type = (unsigned char)value->type;
        append(&work, &type, 1);
        if (type == SQLITE_TEXT || type == SQLITE_BLOB) append_u32(&work, (uint32_t)value->content.count);
        if (type != SQLITE_NULL) append(&work, value->content.bytes, value->content.count);
    }
}

/// Notes one more step of a run, and how many rows it changed when that ended it.
static void note_step(Tracked *tracked, int code) {
    if (tracked->transaction != transaction || tracked->entry >= work.count) return;
    unsigned char *entry = work.bytes + tracked->entry;
    uint32_t steps;
    memcpy(&steps, entry + 5, sizeof steps);
    steps++;
    memcpy(entry + 5, &steps, sizeof steps);
    if (code == SQLITE_DONE && !sqlite3_stmt_readonly(tracked->statement)) {
        int32_t changes = sqlite3_changes(writer);
        memcpy(entry + 9, &changes, sizeof changes);
    }
}

static bool starts_with_one(const char *sql, const char *const words[]) {
    for (; *words != NULL; words++) {
        if (starts(sql, *words)) return true;
    }
    return false;
}

/// Whether the statement begins, ends or divides a transaction.
static bool frames_work(const char *sql) {
    static const char *const words[] = {"BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", NULL};
    return starts_with_one(sql, words);
}

/// Whether it is what GRDB does when it opens a file: it makes and drops a table, so that there is a WAL.
static bool sets_up(const char *sql) {
    static const char *const words[] = {"CREATE", "DROP", "PRAGMA", NULL};
    return starts_with_one(sql, words);
}

/// Follows BEGIN, COMMIT, SAVEPOINT and their kin; false when `sql` is none of them.
static bool followed(sqlite3 *db, const char *sql, int code) {
    if (!frames_work(sql)) return false;
    bool done = code == SQLITE_DONE || code == SQLITE_OK;
    if (starts(sql, "BEGIN")) {
        if (done && starts(sql, "BEGIN IMMEDIATE")) {
            if (writer != NULL && writer != db) fail("two connections write at once");
            writer = db;
            transaction++;
            work.count = caller_start = 0;
            callers_are_marked = false;
        }
        return true;
    }
    bool ends = starts(sql, "COMMIT") || starts(sql, "END");
    bool undoes = starts(sql, "ROLLBACK");
    if (writer != db || !done) return true;
    if (undoes && starts(sql, "ROLLBACK TO")) {
        work.count = caller_start;
    } else if (!ends && !undoes) {
        // Every caller has one savepoint of its own, so its SAVEPOINT and RELEASE are where its work starts and ends.
        callers_are_marked = true;
        if (starts(sql, "RELEASE") && work.count > caller_start) append(&work, "E", 1);
        caller_start = work.count;
    } else {
        if (ends && work.count > 0) {
            fwrite(work.bytes, 1, work.count, tape);
            fwrite("T", 1, 1, tape);
        }
        writer = NULL;
    }
    return true;
}

/// Without savepoints, the next caller's work begins about where the next order is written.
static void mark_caller(const char *sql) {
    if (callers_are_marked || !starts(sql, "INSERT INTO orders")) return;
    if (work.count > 0) append(&work, "E", 1);
}

static void open_tape(void) {
    const char *path = getenv("MAILROOM_TAPE");
    if (path == NULL) fail("MAILROOM_TAPE is not set");
    tape = fopen(path, "wb");
    if (tape == NULL) fail("the tape cannot be written");
    setvbuf(tape, NULL, _IOFBF, 1 << 20);
    fwrite(TAPE_HEADER, 1, TAPE_HEADER_BYTES, tape);
}

__attribute__((destructor)) static void close_tape(void) {
    if (tape != NULL && (fflush(tape) != 0 || ferror(tape))) fprintf(stderr, "recorder: the tape is not whole\n");
}

// MARK: What the program calls

#define PREPARES(name, parameters, arguments) \
    int name parameters { \
        REAL(name); \
        depth++; \
        int code = real arguments; \
        depth--; \
        if (code == SQLITE_OK && depth == 0) track(*statement); \
        return code; \
    }

PREPARES(sqlite3_prepare_v2,
    (sqlite3 *db, const char *sql, int bytes, sqlite3_stmt **statement, const char **tail),
    (db, sql, bytes, statement, tail))
PREPARES(sqlite3_prepare_v3,
    (sqlite3 *db, const char *sql, int bytes, unsigned flags, sqlite3_stmt **statement, const char **tail),
    (db, sql, bytes, flags, statement, tail))

int sqlite3_finalize(sqlite3_stmt *statement) {
    REAL(sqlite3_finalize);
    if (depth == 0 && statement != NULL) forget(statement);
    return real(statement);
}

int sqlite3_step(sqlite3_stmt *statement) {
    REAL(sqlite3_step);
    if (depth > 0) return real(statement);
    sqlite3 *db = sqlite3_db_handle(statement);
    const char *sql = sqlite3_sql(statement);
    pthread_mutex_lock(&lock);
    if (tape == NULL) open_tape();
    Tracked *tracked = *place_of(statement);
    bool is_ours = tracked != NULL && writer == db;
    if (is_ours && !tracked->is_running && !frames_work(sql) && !sets_up(sql)) {
        mark_caller(sql);
        append_run(tracked, sql);
    }
    pthread_mutex_unlock(&lock);
    depth++;
    int code = real(statement);
    depth--;
    pthread_mutex_lock(&lock);
    if (tracked != NULL) tracked->is_running = code == SQLITE_ROW;
    if (!followed(db, sql, code) && is_ours) note_step(tracked, code);
    pthread_mutex_unlock(&lock);
    return code;
}

int sqlite3_reset(sqlite3_stmt *statement) {
    REAL(sqlite3_reset);
    if (depth == 0 && statement != NULL) {
        pthread_mutex_lock(&lock);
        Tracked *tracked = *place_of(statement);
        if (tracked != NULL) tracked->is_running = false;
        pthread_mutex_unlock(&lock);
    }
    return real(statement);
}

int sqlite3_clear_bindings(sqlite3_stmt *statement) {
    REAL(sqlite3_clear_bindings);
    if (depth == 0) {
        pthread_mutex_lock(&lock);
        Tracked *tracked = *place_of(statement);
        for (int index = 0; tracked != NULL && index < tracked->value_count; index++) {
            tracked->values[index].type = SQLITE_NULL;
            tracked->values[index].content.count = 0;
        }
        pthread_mutex_unlock(&lock);
    }
    return real(statement);
}

int sqlite3_exec(sqlite3 *db, const char *sql, sqlite3_callback row, void *context, char **message) {
    REAL(sqlite3_exec);
    depth++;
    int code = real(db, sql, row, context, message);
    depth--;
    if (depth == 0) {
        pthread_mutex_lock(&lock);
        if (tape == NULL) open_tape();
        bool is_work = !followed(db, sql, code) && writer == db && !sets_up(sql);
        if (is_work) fail("the writer used sqlite3_exec for work of its own");
        pthread_mutex_unlock(&lock);
    }
    return code;
}

/// Lets SQLite bind, then remembers the `count` bytes at `bytes`.
#define BINDS(name, parameters, arguments, type, bytes, count) \
    int name parameters { \
        REAL(name); \
        depth++; \
        int code = real arguments; \
        depth--; \
        return bound(statement, index, code, type, bytes, count); \
    }

static const sqlite3_int64 *widened(int number) {
    static _Thread_local sqlite3_int64 wide;
    wide = number;
    return &wide;
}

static size_t length_of(const char *text, int count) {
    return text == NULL ? 0 : count < 0 ? strlen(text) : (size_t)count;
}

BINDS(sqlite3_bind_null, (sqlite3_stmt *statement, int index), (statement, index), SQLITE_NULL, NULL, 0)
BINDS(sqlite3_bind_int64, (sqlite3_stmt *statement, int index, sqlite3_int64 number), (statement, index, number),
    SQLITE_INTEGER, &number, sizeof number)
BINDS(sqlite3_bind_int, (sqlite3_stmt *statement, int index, int number), (statement, index, number),
    SQLITE_INTEGER, widened(number), sizeof(sqlite3_int64))
BINDS(sqlite3_bind_double, (sqlite3_stmt *statement, int index, double number), (statement, index, number),
    SQLITE_FLOAT, &number, sizeof number)
BINDS(sqlite3_bind_text,
    (sqlite3_stmt *statement, int index, const char *text, int count, void (*release)(void *)),
    (statement, index, text, count, release), SQLITE_TEXT, text, length_of(text, count))
BINDS(sqlite3_bind_blob,
    (sqlite3_stmt *statement, int index, const void *bytes, int count, void (*release)(void *)),
    (statement, index, bytes, count, release), SQLITE_BLOB, bytes, (size_t)count)
BINDS(sqlite3_bind_blob64,
    (sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count, void (*release)(void *)),
    (statement, index, bytes, count, release), SQLITE_BLOB, bytes, (size_t)count)

/// Nobody here uses these: better to stop than to leave a value out of the tape without a word.
#define NEVER_BINDS(name, parameters, arguments) \
    int name parameters { \
        REAL(name); \
        if (depth == 0) fail(#name " is not followed"); \
        return real arguments; \
    }

NEVER_BINDS(sqlite3_bind_value, (sqlite3_stmt *statement, int index, const sqlite3_value *value),
    (statement, index, value))
NEVER_BINDS(sqlite3_bind_zeroblob, (sqlite3_stmt *statement, int index, int count), (statement, index, count))
NEVER_BINDS(sqlite3_bind_text64,
    (sqlite3_stmt *statement, int index, const char *text, sqlite3_uint64 count, void (*release)(void *),
        unsigned char encoding),
    (statement, index, text, count, release, encoding))
