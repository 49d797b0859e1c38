/* Loaded before libc: names that do not resolve and certificates that are trusted, without root and without a network.
 *
 *   hang.invalid        the resolver does not answer for MAILROOM_FAULT_DNS_SECONDS (default 30)
 *   *.invalid           not found, at once
 *   MAILROOM_FAULT_CA   this file is read in the place of the system's bundle of authorities
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUNDLE "/etc/ssl/certs/ca-certificates.crt"

static int ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
    static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    if (!real) real = (int (*)(const char *, const char *, const struct addrinfo *, struct addrinfo **))dlsym(
        RTLD_NEXT, "getaddrinfo");
    if (node && strcmp(node, "hang.invalid") == 0) {
        const char *seconds = getenv("MAILROOM_FAULT_DNS_SECONDS");
        unsigned left = seconds ? (unsigned)atoi(seconds) : 30;
        while (left) left = sleep(left);
        return EAI_AGAIN;
    }
    if (node && ends_with(node, ".invalid")) return EAI_NONAME;
    return real(node, service, hints, result);
}

static const char *bundle(const char *path) {
    const char *ours = getenv("MAILROOM_FAULT_CA");
    return ours && path && strcmp(path, BUNDLE) == 0 ? ours : path;
}

FILE *fopen(const char *path, const char *mode) {
    static FILE *(*real)(const char *, const char *);
    if (!real) real = (FILE *(*)(const char *, const char *))dlsym(RTLD_NEXT, "fopen");
    return real(bundle(path), mode);
}

FILE *fopen64(const char *path, const char *mode) {
    static FILE *(*real)(const char *, const char *);
    if (!real) real = (FILE *(*)(const char *, const char *))dlsym(RTLD_NEXT, "fopen64");
    return real(bundle(path), mode);
}
