// The tape: what a service's writer did to its database, as recorder.c writes it and replay.c reads it.
//
// A file of entries without alignment, numbers in the machine's own byte order:
//     TAPE_HEADER
//     'Q' u32 number, u32 length, bytes             a statement's SQL, before its first use
//     'X' u32 number, u32 steps, i32 changes (-1: not run to its end), u16 n, n values
//                                                   one run: how often it was stepped, rows it changed, what was bound
//     'E'                                           the end of one caller's work
//     'T'                                           the end of one of the service's transactions
// A value is a SQLite type byte, then 8 bytes (integer, float), u32 length and bytes (text, blob), or nothing (null).
#ifndef TAPE_H
#define TAPE_H

#define TAPE_HEADER "MLTAPE01"

enum { TAPE_HEADER_BYTES = 8 };

#endif
