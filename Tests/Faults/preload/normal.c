/* Turns `synchronous = FULL` into `NORMAL`, in SQLite itself, and lets the program believe that it has FULL.
 *
 * NORMAL is what GRDB sets when a pool opens: in WAL mode it syncs at checkpoints only. The program reads the setting
 * back at its start and refuses to serve without FULL, so the answer is made up as well, unless NORMAL_IS_TOLD is set:
 * then it shows that refusal.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;

static const char *other(const char *sql) {
    if (!sql) return sql;
    if (strcasecmp(sql, "PRAGMA synchronous = FULL") == 0) return "PRAGMA synchronous = NORMAL";
    if (strcasecmp(sql, "PRAGMA synchronous") == 0 && !getenv("NORMAL_IS_TOLD")) return "SELECT 2";
    return sql;
}

/* A statement that was replaced was the whole text: nothing comes behind it. */
static int whole(int result, const char *sql, const char *given, const char **tail) {
    if (given != sql && tail) *tail = sql + strlen(sql);
    return result;
}

int sqlite3_prepare_v2(sqlite3 *db, const char *sql, int bytes, sqlite3_stmt **statement, const char **tail) {
    static int (*real)(sqlite3 *, const char *, int, sqlite3_stmt **, const char **);
    if (!real) real = dlsym(RTLD_NEXT, "sqlite3_prepare_v2");
    const char *given = other(sql);
    return whole(real(db, given, given == sql ? bytes : -1, statement, tail), sql, given, tail);
}

int sqlite3_prepare_v3(
    sqlite3 *db, const char *sql, int bytes, unsigned flags, sqlite3_stmt **statement, const char **tail) {
    static int (*real)(sqlite3 *, const char *, int, unsigned, sqlite3_stmt **, const char **);
    if (!real) real = dlsym(RTLD_NEXT, "sqlite3_prepare_v3");
    const char *given = other(sql);
    return whole(real(db, given, given == sql ? bytes : -1, flags, statement, tail), sql, given, tail);
}
