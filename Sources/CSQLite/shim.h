// SQLite's settings for the whole process, which Swift cannot call: they take any number of arguments.
#pragma once
#include <sqlite3.h>

/// SQLite counts the memory that it takes, under one lock for all connections, unless this comes before its first use;
/// later it changes nothing.
static inline void csqlite_count_no_memory(void) { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
