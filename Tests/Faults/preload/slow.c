/* Loaded before libc: a disk on which every sync takes MAILROOM_FAULT_SYNC_MS milliseconds longer. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void rest(void) {
    static long milliseconds = -1;
    if (milliseconds < 0) {
        const char *text = getenv("MAILROOM_FAULT_SYNC_MS");
        milliseconds = text ? atol(text) : 0;
    }
    struct timespec left = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0) continue;
}

int fsync(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    rest();
    return real(file);
}

int fdatasync(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    rest();
    return real(file);
}
