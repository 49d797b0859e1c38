// zlib's initialisers are macros, which Swift does not see. Raw deflate (RFC 1951), without header and checksum.
#pragma once
#include <zlib.h>

static inline int czlib_deflate_begin(z_stream *stream, int level, int window_bits, int memory_level) {
    return deflateInit2(stream, level, Z_DEFLATED, -window_bits, memory_level, Z_DEFAULT_STRATEGY);
}

static inline int czlib_inflate_begin(z_stream *stream, int window_bits) {
    return inflateInit2(stream, -window_bits);
}
