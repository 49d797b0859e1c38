// Linux's adjtimex, which Swift's Glibc module leaves out.
#pragma once
#if defined(__linux__)
#include <sys/timex.h>
#endif

/// 1 when something keeps the clock right, 0 when nothing does, -1 when the kernel does not say.
static inline int cclock_is_synchronized(void) {
#if defined(__linux__)
    struct timex facts = {0};
    if (adjtimex(&facts) < 0) return -1;
    return (facts.status & STA_UNSYNC) == 0;
#else
    return -1;
#endif
}
