/* Loaded before libc: the wall clock, and the clock that runs on while a machine sleeps, as a test wants them.
 *
 *   MAILROOM_FAULT_CLOCK   a file of two 64-bit numbers that is mapped: nanoseconds to add to CLOCK_REALTIME, and to
 *                          CLOCK_BOOTTIME. Both are read at every call, so the test sets them while we run.
 *
 * The wall clock alone is "somebody set it"; both together are "the machine slept". CLOCK_MONOTONIC stays as it is:
 * the kernel's own timers run on it. The calls into the vDSO go through libc's functions, so they come by here.
 *
 * A wait for an absolute time must see the same clock. Those on condition variables, semaphores and locks are cut into
 * slices that look at it again, as the kernel does when a clock is set: what waits for a wall time really waits two
 * hours longer after "-2 h". A timerfd is armed by the kernel's clock for the time that is left by ours; one that is
 * armed when the clock moves goes off at its old time.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define SLICE (SECOND / 20)
#define KNOWN_DESCRIPTORS 65536

struct shifts {
    _Atomic int64_t wall;
    _Atomic int64_t boot;
};

static struct shifts none;
static struct shifts *shifts = &none;
/* The clock of each timerfd, plus one. */
static _Atomic unsigned char clocks[KNOWN_DESCRIPTORS];

__attribute__((constructor)) static void open_shifts(void) {
    const char *path = getenv("MAILROOM_FAULT_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *map = mmap(NULL, sizeof(struct shifts), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (map != MAP_FAILED) shifts = map;
}

/* In nanoseconds. */
static int64_t shift_of(clockid_t clock) {
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        return atomic_load_explicit(&shifts->wall, memory_order_relaxed);
    case CLOCK_BOOTTIME:
        return atomic_load_explicit(&shifts->boot, memory_order_relaxed);
    default:
        return 0;
    }
}

static struct timespec moved(struct timespec time, int64_t nanoseconds) {
    int64_t all = time.tv_sec * SECOND + time.tv_nsec + nanoseconds;
    /* In the past means at once; before the beginning of time would be an error. */
    if (all < 1) all = 1;
    return (struct timespec){.tv_sec = all / SECOND, .tv_nsec = all % SECOND};
}

/* ---- reading */

static void read_clock(clockid_t clock, struct timespec *time) { syscall(SYS_clock_gettime, clock, time); }

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real ? real(clock, time) : (int)syscall(SYS_clock_gettime, clock, time);
    if (result == 0) *time = moved(*time, shift_of(clock));
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    struct timespec now;
    int result = clock_gettime(CLOCK_REALTIME, &now);
    if (result == 0) *time = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return result;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}

/* ---- waiting */

/* Where the next slice ends, by the kernel's clock; false when the time is over by ours. */
static int next_slice(const struct timespec *until, struct timespec *end) {
    struct timespec now;
    read_clock(CLOCK_REALTIME, &now);
    *end = moved(*until, -shift_of(CLOCK_REALTIME));
    int64_t left = (end->tv_sec - now.tv_sec) * SECOND + (end->tv_nsec - now.tv_nsec);
    if (left <= 0) return 0;
    if (left > SLICE) *end = moved(now, SLICE);
    return 1;
}

int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until) {
    static int (*real)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    /* The one of the same name that is older has another layout. */
    if (!real) real = (int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *))dlvsym(
        RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    if (!real) real = (int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *))dlsym(
        RTLD_NEXT, "pthread_cond_timedwait");
    struct timespec end;
    /* Also when it is over already: who waits expects the lock to have been free for a moment. */
    do {
        if (!next_slice(until, &end)) {
            read_clock(CLOCK_REALTIME, &end);
            return real(cond, mutex, &end);
        }
        int result = real(cond, mutex, &end);
        if (result != ETIMEDOUT) return result;
    } while (1);
}

int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict until) {
    static int (*real)(sem_t *, const struct timespec *);
    if (!real) real = (int (*)(sem_t *, const struct timespec *))dlsym(RTLD_NEXT, "sem_timedwait");
    struct timespec end;
    while (next_slice(until, &end)) {
        if (real(sem, &end) == 0) return 0;
        if (errno != ETIMEDOUT) return -1;
    }
    if (sem_trywait(sem) == 0) return 0;
    errno = ETIMEDOUT;
    return -1;
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict until) {
    static int (*real)(pthread_mutex_t *, const struct timespec *);
    if (!real) real = (int (*)(pthread_mutex_t *, const struct timespec *))dlsym(RTLD_NEXT, "pthread_mutex_timedlock");
    struct timespec end;
    while (next_slice(until, &end)) {
        int result = real(mutex, &end);
        if (result != ETIMEDOUT) return result;
    }
    return pthread_mutex_trylock(mutex) == 0 ? 0 : ETIMEDOUT;
}

/* ---- timers */

int timerfd_create(int clock, int flags) {
    static int (*real)(int, int);
    if (!real) real = (int (*)(int, int))dlsym(RTLD_NEXT, "timerfd_create");
    int file = real(clock, flags);
    if (file >= 0 && file < KNOWN_DESCRIPTORS) clocks[file] = (unsigned char)(clock + 1);
    return file;
}

int timerfd_settime(int file, int flags, const struct itimerspec *new, struct itimerspec *old) {
    static int (*real)(int, int, const struct itimerspec *, struct itimerspec *);
    if (!real) real = (int (*)(int, int, const struct itimerspec *, struct itimerspec *))dlsym(
        RTLD_NEXT, "timerfd_settime");
    struct itimerspec ours = *new;
    int is_armed = new->it_value.tv_sec != 0 || new->it_value.tv_nsec != 0;
    if (is_armed && (flags & TFD_TIMER_ABSTIME) && file >= 0 && file < KNOWN_DESCRIPTORS && clocks[file] != 0)
        ours.it_value = moved(new->it_value, -shift_of(clocks[file] - 1));
    return real(file, flags, &ours, old);
}
