// glibc's malloc_trim, which Swift's Glibc module leaves out.
#pragma once
#include <stdlib.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

/// Hands what the allocator holds without using it back to the system, where there is a way to.
static inline void cmemory_trim(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}
