/* A disk that can fail, between SQLite and the system: for one database file and its WAL.
 *
 *   DISK_DATABASE   the database's path; its WAL is that with -wal behind it, its folder counts as well
 *   DISK_CONTROL    a file of 4 KiB that the one who breaks things writes while the program runs (struct control)
 *
 * Errors: the n-th call of some kind fails with some errno, once or from then on; a write may happen by half before.
 * Space: a limit on what both files may grow to, as a small disk has.
 * Power: beside each file lies `<file>.durable`, which holds what was synced and nothing else. After the process was
 * killed, the difference between the two is what a power cut may lose. A new WAL counts only after its folder was
 * synced: until then its image is called `<file>.unnamed`.
 * The WAL's index (-shm) is mapped memory that nobody needs after a crash; it is left alone.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind { OTHER, DATABASE, WAL, FOLDER, KINDS };
enum call { WRITE, SYNC, TRUNCATE, READ, CALLS };

/* Layout known to harness/disk.py: 8 bytes each. */
struct control {
    int64_t calls;       /* bit 1 << call: which calls fail */
    int64_t files;       /* bit 1 << kind: on which files */
    int64_t countdown;   /* 1: the next one fails; 0: none */
    int64_t error;       /* errno to fail with; 0: the process is killed instead */
    int64_t lasting;     /* every later one fails, too */
    int64_t half;        /* a write is done by half first */
    int64_t fired;       /* how many failed */
    int64_t limit_bytes; /* of both files together; 0: none */
    int64_t refused;     /* writes for which there was no room */
    int64_t power;       /* keeps the durable images */
    int64_t seen[CALLS][KINDS];
};

static struct control *control;
static char paths[KINDS][4096];
static unsigned char kind_of[1 << 16];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct range {
    off_t start, end;
};

static struct image {
    int is_named;
    struct range *dirty;
    size_t count, room;
} images[KINDS];

__attribute__((constructor)) static void begin(void) {
    const char *database = getenv("DISK_DATABASE"), *path = getenv("DISK_CONTROL");
    if (!database || !path || strlen(database) > 4000) return;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (memory == MAP_FAILED) return;
    snprintf(paths[DATABASE], sizeof paths[0], "%s", database);
    snprintf(paths[WAL], sizeof paths[0], "%s-wal", database);
    snprintf(paths[FOLDER], sizeof paths[0], "%s", database);
    char *slash = strrchr(paths[FOLDER], '/');
    if (slash) *slash = 0;
    for (int kind = DATABASE; kind <= WAL; kind++) {
        char durable[4200];
        snprintf(durable, sizeof durable, "%s.durable", paths[kind]);
        images[kind].is_named = access(durable, F_OK) == 0;
    }
    control = memory;
}

static enum kind kind(int fd) { return control && fd >= 0 && fd < 1 << 16 ? kind_of[fd] : OTHER; }

/* ---- errors */

/* Whether this call has to fail; errno is set then. */
static int must_fail(enum call call, enum kind kind) {
    __atomic_add_fetch(&control->seen[call][kind], 1, __ATOMIC_RELAXED);
    if (!(control->calls >> call & 1) || !(control->files >> kind & 1)) return 0;
    int64_t left = __atomic_load_n(&control->countdown, __ATOMIC_ACQUIRE);
    if (left <= 0) return 0;
    if (left == 1 && control->lasting) {
        /* Stays armed. */
    } else if (__atomic_sub_fetch(&control->countdown, 1, __ATOMIC_ACQ_REL) != 0) {
        return 0;
    }
    __atomic_add_fetch(&control->fired, 1, __ATOMIC_RELEASE);
    return 1;
}

static ssize_t fail(void) {
    if (control->error == 0) kill(getpid(), SIGKILL);
    errno = (int)control->error;
    return -1;
}

static off_t size_of(int fd) {
    struct stat facts;
    return syscall(SYS_fstat, fd, &facts) == 0 ? facts.st_size : 0;
}

/* Whether a file may end at `end`. */
static int has_room(int fd, enum kind kind, off_t end) {
    int64_t limit = __atomic_load_n(&control->limit_bytes, __ATOMIC_RELAXED);
    if (limit <= 0 || end <= size_of(fd)) return 1;
    struct stat other;
    off_t beside = stat(paths[kind == WAL ? DATABASE : WAL], &other) == 0 ? other.st_size : 0;
    if (end + beside <= limit) return 1;
    __atomic_add_fetch(&control->refused, 1, __ATOMIC_RELAXED);
    return 0;
}

/* ---- power */

static void dirty(enum kind kind, off_t start, off_t end) {
    struct image *image = &images[kind];
    if (image->count == image->room) {
        image->room = image->room ? 2 * image->room : 256;
        image->dirty = realloc(image->dirty, image->room * sizeof *image->dirty);
        if (!image->dirty) abort();
    }
    image->dirty[image->count++] = (struct range){start, end};
}

/* The file as it is now is what a power cut leaves. */
static void make_durable(enum kind kind, int fd) {
    struct image *image = &images[kind];
    char path[4200];
    snprintf(path, sizeof path, "%s.%s", paths[kind], image->is_named ? "durable" : "unnamed");
    int target = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (target < 0) abort();
    static char buffer[1 << 16];
    for (size_t i = 0; i < image->count; i++) {
        off_t at = image->dirty[i].start;
        while (at < image->dirty[i].end) {
            size_t wanted = (size_t)(image->dirty[i].end - at);
            ssize_t got = syscall(SYS_pread64, fd, buffer, wanted < sizeof buffer ? wanted : sizeof buffer, at);
            if (got <= 0) break;
            if (syscall(SYS_pwrite64, target, buffer, (size_t)got, at) != got) abort();
            at += got;
        }
    }
    image->count = 0;
    if (syscall(SYS_ftruncate, target, size_of(fd)) != 0) abort();
    syscall(SYS_close, target);
}

static void name_durable(void) {
    struct image *image = &images[WAL];
    if (image->is_named) return;
    char from[4200], to[4200];
    snprintf(from, sizeof from, "%s.unnamed", paths[WAL]);
    snprintf(to, sizeof to, "%s.durable", paths[WAL]);
    if (rename(from, to) == 0) image->is_named = 1;
}

/* ---- calls */

static int open_as(int folder, const char *path, int flags, mode_t mode) {
    int fd = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (control && fd >= 0 && fd < 1 << 16) {
        enum kind found = OTHER;
        for (int kind = DATABASE; kind < KINDS; kind++)
            if (strcmp(path, paths[kind]) == 0) found = kind;
        kind_of[fd] = found;
    }
    return fd;
}

#define OPEN(name, first, folder)                        \
    int name(first const char *path, int flags, ...) {   \
        mode_t mode = 0;                                 \
        if (flags & (O_CREAT | O_TMPFILE)) {             \
            va_list rest;                                \
            va_start(rest, flags);                       \
            mode = va_arg(rest, mode_t);                 \
            va_end(rest);                                \
        }                                                \
        return open_as(folder, path, flags, mode);       \
    }
#define NOTHING
#define FOLDER_FIRST int folder,
OPEN(open, NOTHING, AT_FDCWD)
OPEN(open64, NOTHING, AT_FDCWD)
OPEN(openat, FOLDER_FIRST, folder)
OPEN(openat64, FOLDER_FIRST, folder)

int close(int fd) {
    if (kind(fd)) kind_of[fd] = OTHER;
    return (int)syscall(SYS_close, fd);
}

static ssize_t write_at(int fd, enum kind kind, const void *bytes, size_t count, off_t at, int is_positioned) {
    pthread_mutex_lock(&lock);
    if (!is_positioned) at = lseek(fd, 0, SEEK_CUR);
    ssize_t result;
    int fails = must_fail(WRITE, kind);
    if (!fails && !has_room(fd, kind, at + (off_t)count)) {
        errno = ENOSPC;
        result = -1;
    } else {
        size_t really = fails ? (control->half ? count / 2 : 0) : count;
        result = really == 0 ? 0
            : is_positioned  ? syscall(SYS_pwrite64, fd, bytes, really, at)
                             : syscall(SYS_write, fd, bytes, really);
        if (control->power && result > 0) dirty(kind, at, at + result);
        if (fails) result = fail();
    }
    pthread_mutex_unlock(&lock);
    return result;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    enum kind found = kind(fd);
    return found ? write_at(fd, found, bytes, count, at, 1) : syscall(SYS_pwrite64, fd, bytes, count, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return pwrite64(fd, bytes, count, at); }

ssize_t write(int fd, const void *bytes, size_t count) {
    enum kind found = kind(fd);
    return found ? write_at(fd, found, bytes, count, 0, 0) : syscall(SYS_write, fd, bytes, count);
}

ssize_t pread64(int fd, void *bytes, size_t count, off64_t at) {
    enum kind found = kind(fd);
    if (found && must_fail(READ, found)) return fail();
    return syscall(SYS_pread64, fd, bytes, count, at);
}

ssize_t pread(int fd, void *bytes, size_t count, off_t at) { return pread64(fd, bytes, count, at); }

int ftruncate64(int fd, off64_t size) {
    enum kind found = kind(fd);
    if (!found) return (int)syscall(SYS_ftruncate, fd, size);
    pthread_mutex_lock(&lock);
    int result;
    if (must_fail(TRUNCATE, found)) {
        result = (int)fail();
    } else {
        off_t before = size_of(fd);
        result = (int)syscall(SYS_ftruncate, fd, size);
        if (control->power && result == 0 && size > before) dirty(found, before, size);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int sync_as(int fd, long call) {
    enum kind found = kind(fd);
    if (!found) return (int)syscall(call, fd);
    pthread_mutex_lock(&lock);
    int result;
    if (must_fail(SYNC, found)) {
        result = (int)fail();
    } else {
        result = (int)syscall(call, fd);
        if (control->power && result == 0) {
            if (found == FOLDER) name_durable();
            else make_durable(found, fd);
        }
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int fsync(int fd) { return sync_as(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_as(fd, SYS_fdatasync); }
