/* Stands between a process and the C library (LD_PRELOAD) and lets one call on files below a folder fail, or kills the
   process at it; shifts the clock too. `benchmarks/apart.py` compiles it and says what is to happen. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WRITES = 1, SYNCS = 2, NAMES = 4 };                 /* which calls count */
enum { ONCE = 0, FROM_THEN_ON = 1, KILL = 2, HALF = 3 };   /* what happens at the chosen one */

static char folder[PATH_MAX];
static int kinds, code, how;
static long chosen = -1, counted;
static long long shift_ns;

void fault_arm(const char *below, int which, long number, int error, int manner) {
    strncpy(folder, below, sizeof folder - 1);
    kinds = which, chosen = number, code = error, how = manner, counted = 0;
}
long fault_counted(void) { return counted; }
void fault_shift(long long ns) { shift_ns = ns; }

#define REAL(name) ({ static __typeof__(&name) found; if (!found) found = dlsym(RTLD_NEXT, #name); found; })

static int below_path(int at, const char *path) {
    char whole[2 * PATH_MAX], link[64];
    if (!kinds || !path) return 0;
    if (path[0] != '/' && at != AT_FDCWD) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        ssize_t length = readlink(link, whole, PATH_MAX);
        if (length < 0) return 0;
        whole[length] = 0;
        path = whole;
    }
    return !strncmp(path, folder, strlen(folder));
}
static int below(int file) {
    char link[64], path[PATH_MAX + 1];
    if (!kinds) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_MAX);
    if (length < 0) return 0;
    path[length] = 0;
    return !strncmp(path, folder, strlen(folder));
}
/* 0: go on; -1: fail with errno set; 1: do half of it */
static int fault(int kind, int here) {
    if (!(kinds & kind) || !here) return 0;
    long now = counted++;
    if (chosen < 0 || (how == FROM_THEN_ON ? now < chosen : how == HALF ? now != chosen && now != chosen + 1 : now != chosen))
        return 0;
    if (how == KILL) kill(getpid(), SIGKILL);
    if (how == HALF && now == chosen) return 1;
    errno = code;
    return -1;
}

ssize_t write(int file, const void *data, size_t size) {
    int what = fault(WRITES, below(file));
    return what < 0 ? -1 : REAL(write)(file, data, what ? (size + 1) / 2 : size);
}
ssize_t pwrite(int file, const void *data, size_t size, off_t at) {
    int what = fault(WRITES, below(file));
    return what < 0 ? -1 : REAL(pwrite)(file, data, what ? (size + 1) / 2 : size, at);
}
ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) {
    int what = fault(WRITES, below(file));
    return what < 0 ? -1 : REAL(pwrite64)(file, data, what ? (size + 1) / 2 : size, at);
}
ssize_t writev(int file, const struct iovec *parts, int count) {
    return fault(WRITES, below(file)) < 0 ? -1 : REAL(writev)(file, parts, count);
}
int ftruncate(int file, off_t size) { return fault(WRITES, below(file)) < 0 ? -1 : REAL(ftruncate)(file, size); }
int ftruncate64(int file, off64_t size) { return fault(WRITES, below(file)) < 0 ? -1 : REAL(ftruncate64)(file, size); }
int fsync(int file) { return fault(SYNCS, below(file)) < 0 ? -1 : REAL(fsync)(file); }
int fdatasync(int file) { return fault(SYNCS, below(file)) < 0 ? -1 : REAL(fdatasync)(file); }
int rename(const char *from, const char *to) {
    return fault(NAMES, below_path(AT_FDCWD, to)) < 0 ? -1 : REAL(rename)(from, to);
}
int renameat(int from_at, const char *from, int to_at, const char *to) {
    return fault(NAMES, below_path(to_at, to)) < 0 ? -1 : REAL(renameat)(from_at, from, to_at, to);
}
int mkdir(const char *path, mode_t mode) {
    return fault(NAMES, below_path(AT_FDCWD, path)) < 0 ? -1 : REAL(mkdir)(path, mode);
}
int unlink(const char *path) { return fault(NAMES, below_path(AT_FDCWD, path)) < 0 ? -1 : REAL(unlink)(path); }
int rmdir(const char *path) { return fault(NAMES, below_path(AT_FDCWD, path)) < 0 ? -1 : REAL(rmdir)(path); }
int unlinkat(int at, const char *path, int flags) {
    return fault(NAMES, below_path(at, path)) < 0 ? -1 : REAL(unlinkat)(at, path, flags);
}

#define OPENS(name)                                                                                                   \
    int name(const char *path, int flags, ...) {                                                                      \
        va_list more;                                                                                                 \
        va_start(more, flags);                                                                                        \
        mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;                                                     \
        va_end(more);                                                                                                 \
        int writing = (flags & O_CREAT) != 0;                                                                         \
        return writing && fault(NAMES, below_path(AT_FDCWD, path)) < 0 ? -1 : REAL(name)(path, flags, mode);          \
    }
OPENS(open)
OPENS(open64)
#define OPENS_AT(name)                                                                                                \
    int name(int at, const char *path, int flags, ...) {                                                              \
        va_list more;                                                                                                 \
        va_start(more, flags);                                                                                        \
        mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;                                                     \
        va_end(more);                                                                                                 \
        int writing = (flags & O_CREAT) != 0;                                                                         \
        return writing && fault(NAMES, below_path(at, path)) < 0 ? -1 : REAL(name)(at, path, flags, mode);            \
    }
OPENS_AT(openat)
OPENS_AT(openat64)

static void shifted(struct timespec *now) {
    long long ns = now->tv_sec * 1000000000LL + now->tv_nsec + shift_ns;
    now->tv_sec = ns / 1000000000LL, now->tv_nsec = ns % 1000000000LL;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = REAL(clock_gettime)(clock, now);
    if (!failed && shift_ns && clock == CLOCK_REALTIME) shifted(now);
    return failed;
}
int gettimeofday(struct timeval *now, void *zone) {
    struct timespec precise;
    if (clock_gettime(CLOCK_REALTIME, &precise)) return -1;
    now->tv_sec = precise.tv_sec, now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}
time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
