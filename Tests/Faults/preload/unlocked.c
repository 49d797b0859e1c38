/* Loaded before libc: a file system that grants everybody the same lock, as some that are mounted over a net do. */
#include <sys/file.h>

int flock(int file, int operation) {
    (void)file;
    (void)operation;
    return 0;
}
