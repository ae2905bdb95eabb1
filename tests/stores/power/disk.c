/* Preloaded into a Python that uses a store. What the process asks of the disk is written down, in
   order, or refused.

   DISK_FOLDER   only this folder and files whose path begins with it are meant; it ends with "/"
   DISK_JOURNAL  where to write down every call that changed something; unset: nowhere

   A record of the journal is a struct record and then `length` bytes; journal.py reads it.
   Python writes marks of its own between them ("this much is acknowledged").
   disk_refuse() lets calls fail from then on; disk_calls() counts them. */

#define _GNU_SOURCE
#define _LARGEFILE64_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind {
    BEGUN = 'B',    /* a process: it has no file open yet */
    OPENED = 'O',   /* fd, path; offset is 1 if the file was cut to nothing */
    CLOSED = 'C',   /* fd */
    WRITTEN = 'W',  /* fd, offset, bytes */
    CUT = 'T',      /* fd; offset is the new length */
    SYNCED = 'S',   /* fd */
    UNLINKED = 'U', /* path */
    RENAMED = 'R',  /* the old path, a zero, the new one */
};

struct record {
    int32_t kind, fd;
    int64_t offset, length;
};

enum { MOST_FILES = 1 << 16 };

static const char *folder;
static int journal = -1;
static char ours[MOST_FILES]; /* by fd: is it a file of the folder */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER; /* from the call through its record */

static struct {
    int kind, first, always, error, half;
} refusal;
static int calls[128]; /* by kind, since the last disk_refuse */

/* --- for Python, by ctypes ------------------------------------------------------------------- */

/* Refuse calls of `kind` with errno `error` from the `first` on (1 is the next): this one, or with
   `always` all that come. With `half` the first writes half of its bytes, if it makes the file
   longer: that is how a disk fills up. Kind 0 ends it. */
void disk_refuse(int kind, int first, int always, int error, int half) {
    memset(calls, 0, sizeof calls);
    refusal.kind = kind;
    refusal.first = first;
    refusal.always = always;
    refusal.error = error;
    refusal.half = half;
}

int disk_calls(int kind) { return calls[kind]; }

/* --- the machinery --------------------------------------------------------------------------- */

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

static int in_folder(const char *path) {
    return folder != NULL && strncmp(path, folder, strlen(folder)) == 0;
}

static int is_folder(const char *path) {
    return folder != NULL && strlen(path) + 1 == strlen(folder) && strstr(folder, path) == folder;
}

static int is_ours(int fd) { return fd >= 0 && fd < MOST_FILES && ours[fd]; }

static void note(enum kind kind, int fd, int64_t offset, const void *bytes, size_t length) {
    struct record record = {(int32_t)kind, fd, offset, (int64_t)length};
    struct iovec parts[2] = {{&record, sizeof record}, {(void *)bytes, length}};
    int kept = errno;
    if (journal >= 0 && writev(journal, parts, 2) != (ssize_t)(sizeof record + length)) abort();
    errno = kept;
}

/* 0: go on; -1: refused, errno is set. */
static int asked(enum kind kind) {
    int n = ++calls[kind];
    if (refusal.kind != (int)kind || n < refusal.first) return 0;
    if (n > refusal.first + refusal.half && !refusal.always) return 0;
    errno = refusal.error;
    return -1;
}

/* How many of `count` bytes may be written up to `end`; -1: refused, errno is set. */
static ssize_t allowed(int fd, size_t count, off64_t end) {
    struct stat64 now;
    if (asked(WRITTEN) == 0) return (ssize_t)count;
    if (!refusal.half || calls[WRITTEN] != refusal.first) return -1;
    return fstat64(fd, &now) == 0 && end > now.st_size ? (ssize_t)count / 2 : -1;
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("DISK_JOURNAL");
    folder = getenv("DISK_FOLDER");
    if (path != NULL) {
        journal = REAL(open)(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        note(BEGUN, -1, 0, "", 0);
    }
}

/* --- the calls ------------------------------------------------------------------------------- */

static int opening(__typeof__(&open) real_open, const char *path, int flags, mode_t mode) {
    int fd;
    if (!in_folder(path) && !is_folder(path)) return real_open(path, flags, mode);
    pthread_mutex_lock(&turn);
    fd = asked(OPENED) < 0 ? -1 : real_open(path, flags, mode);
    if (fd >= 0 && fd < MOST_FILES) {
        ours[fd] = 1;
        note(OPENED, fd, (flags & O_TRUNC) != 0, path, strlen(path));
    }
    pthread_mutex_unlock(&turn);
    return fd;
}

static mode_t mode_of(int flags, va_list rest) {
    return flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return opening(REAL(open), path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return opening(REAL(open64), path, flags, mode);
}

int close(int fd) {
    int done, mine = is_ours(fd);
    if (!mine) return REAL(close)(fd);
    pthread_mutex_lock(&turn);
    ours[fd] = 0;
    note(CLOSED, fd, 0, "", 0);
    done = REAL(close)(fd);
    pthread_mutex_unlock(&turn);
    return done;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    ssize_t done, some;
    if (!is_ours(fd)) return REAL(write)(fd, bytes, count);
    pthread_mutex_lock(&turn);
    some = allowed(fd, count, INT64_MAX); /* the engine only appends with it */
    done = some < 0 ? -1 : REAL(write)(fd, bytes, (size_t)some);
    if (done > 0) note(WRITTEN, fd, lseek64(fd, 0, SEEK_CUR) - done, bytes, (size_t)done);
    pthread_mutex_unlock(&turn);
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    ssize_t done, some;
    if (!is_ours(fd)) return REAL(pwrite64)(fd, bytes, count, offset);
    pthread_mutex_lock(&turn);
    some = allowed(fd, count, offset + (off64_t)count);
    done = some < 0 ? -1 : REAL(pwrite64)(fd, bytes, (size_t)some, offset);
    if (done > 0) note(WRITTEN, fd, offset, bytes, (size_t)done);
    pthread_mutex_unlock(&turn);
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    return pwrite64(fd, bytes, count, offset);
}

/* Refused, never written down: only copies are made with it. */
ssize_t sendfile64(int to, int from, off64_t *offset, size_t count) {
    typedef ssize_t sending(int, int, off64_t *, size_t);
    if (is_ours(to) && asked(WRITTEN) < 0) return -1;
    return ((sending *)real("sendfile64"))(to, from, offset, count);
}

ssize_t sendfile(int to, int from, off_t *offset, size_t count) {
    return sendfile64(to, from, offset, count);
}

static int syncing(__typeof__(&fsync) real_sync, int fd) {
    int done;
    if (!is_ours(fd)) return real_sync(fd);
    pthread_mutex_lock(&turn);
    done = asked(SYNCED) < 0 ? -1 : real_sync(fd);
    if (done == 0) note(SYNCED, fd, 0, "", 0);
    pthread_mutex_unlock(&turn);
    return done;
}

int fsync(int fd) { return syncing(REAL(fsync), fd); }

int fdatasync(int fd) { return syncing(REAL(fdatasync), fd); }

int ftruncate64(int fd, off64_t length) {
    int done;
    if (!is_ours(fd)) return REAL(ftruncate64)(fd, length);
    pthread_mutex_lock(&turn);
    done = asked(CUT) < 0 ? -1 : REAL(ftruncate64)(fd, length);
    if (done == 0) note(CUT, fd, length, "", 0);
    pthread_mutex_unlock(&turn);
    return done;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int unlinking(__typeof__(&unlink) real_unlink, const char *path) {
    int done;
    if (!in_folder(path)) return real_unlink(path);
    pthread_mutex_lock(&turn);
    done = asked(UNLINKED) < 0 ? -1 : real_unlink(path);
    if (done == 0) note(UNLINKED, -1, 0, path, strlen(path));
    pthread_mutex_unlock(&turn);
    return done;
}

int unlink(const char *path) { return unlinking(REAL(unlink), path); }

int remove(const char *path) { return unlinking(REAL(remove), path); }

int rename(const char *old, const char *new) {
    char both[8192];
    size_t first = strlen(old) + 1, second = strlen(new);
    int done;
    if (!in_folder(old) || first + second > sizeof both) return REAL(rename)(old, new);
    memcpy(both, old, first);
    memcpy(both + first, new, second);
    pthread_mutex_lock(&turn);
    done = asked(RENAMED) < 0 ? -1 : REAL(rename)(old, new);
    if (done == 0) note(RENAMED, -1, 0, both, first + second);
    pthread_mutex_unlock(&turn);
    return done;
}
