/* SPDX-License-Identifier: EUPL-1.2 */
/* code_folder.c - two passes: names and sizes first, so that what is too large is refused before it is read; then the hashes.
 *
 * Entries are opened relative to their folder and never through a link. A file that changes between hashing and sending is
 * noticed by the server, which takes bytes only under their own hash. */
#include "cli/code_folder.h"

#include "cli/beneath.h"
#include "cli/wrap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct walk {
    struct code_folder *folder;
    struct arena       *arena;
    struct ignore       ignore;
    struct error       *error;
    int                 room, entries;
    int64_t             files;       /* also those beyond the list's room */
    int                 refused;
    struct text         refusals;    /* a line each, the first few */
};

static bool refuse_entry(struct walk *walk, const char *path, const char *what)
{
    if (walk->refused++ < CLI_REFUSED_SHOWN) text_add_format(&walk->refusals, "  %s: %s\n", text_clean(path, walk->arena), what);
    return true;
}

static bool add_file(struct walk *walk, const char *path, const struct stat *status)
{
    struct folder_list *list = &walk->folder->list;
    if (!folder_path_is_safe(path)) return refuse_entry(walk, path, "a name that can't travel (over 255 bytes, a leading dash, control characters)");
    if (__builtin_add_overflow(list->size_bytes, status->st_size, &list->size_bytes)) list->size_bytes = INT64_MAX;
    if (++walk->files > FOLDER_FILES_MAX) return true;
    if (list->count == walk->room) {
        walk->room = walk->room ? walk->room * 2 : 64;
        struct folder_file *files = arena_take(walk->arena, sizeof *files * (size_t)walk->room);
        if (list->count) memcpy(files, list->files, sizeof *files * (size_t)list->count);
        list->files = files;
    }
    list->files[list->count++] = (struct folder_file){ .path = path, .size_bytes = status->st_size, .executable = (status->st_mode & S_IXUSR) != 0 };
    return true;
}

static bool walk_folder(struct walk *walk, int fd, const char *path);

static bool add_entry(struct walk *walk, int folder, const char *path, const char *name)
{
    struct stat status;
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return error_set_errno(walk->error, ERROR_INPUT, "%.200s can't be looked at", text_clean(path, walk->arena));
    if (ignore_names(&walk->ignore, path, S_ISDIR(status.st_mode))) {
        walk->folder->ignored++;
        return true;
    }
    if (S_ISREG(status.st_mode)) return add_file(walk, path, &status);
    if (S_ISLNK(status.st_mode)) return refuse_entry(walk, path, "a symbolic link");
    if (!S_ISDIR(status.st_mode)) return refuse_entry(walk, path, "neither a file nor a folder");
    if (strlen(path) >= FOLDER_PATH_MAX) return refuse_entry(walk, path, "a path of over 255 bytes");
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return error_set_errno(walk->error, ERROR_INPUT, "%.200s can't be read", text_clean(path, walk->arena));
    return walk_folder(walk, fd, path);
}

/* Takes fd. Depth is bounded by the length of a path. */
static bool walk_folder(struct walk *walk, int fd, const char *path)
{
    DIR *directory = fdopendir(fd);
    bool fine = true;
    if (!directory) {
        close(fd);
        return error_set_errno(walk->error, ERROR_INPUT, "%.200s can't be read", text_clean(path, walk->arena));
    }
    while (fine) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (!entry && errno) fine = error_set_errno(walk->error, ERROR_INPUT, "%.200s can't be read", text_clean(path, walk->arena));
        if (!entry) break;
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        if (++walk->entries > CLI_ENTRIES_MAX) fine = error_set(walk->error, ERROR_INPUT,
                                                                "The folder has over %d entries. Name in .aifignore what isn't code.", CLI_ENTRIES_MAX);
        else fine = add_entry(walk, dirfd(directory), *path ? arena_format(walk->arena, "%s/%s", path, name) : arena_text(walk->arena, name), name);
    }
    closedir(directory);
    return fine;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct folder_file *)a)->path, ((const struct folder_file *)b)->path);
}

static bool read_ignore(struct walk *walk)
{
    int64_t size_bytes;
    size_t length;
    int fd = beneath_open(walk->folder->fd, ".aifignore", &size_bytes);
    ignore_init(&walk->ignore);
    if (fd < 0 && errno == ENOENT) return true;
    if (fd < 0) return error_set_errno(walk->error, ERROR_INPUT, ".aifignore can't be read");
    char *text = file_text_of(fd, ".aifignore", CLI_IGNORE_BYTES, &length, walk->error);
    close(fd);
    bool fine = text && ignore_parse(&walk->ignore, text, walk->arena, walk->error);
    free(text);
    return fine;
}

static bool hash_files(struct walk *walk)
{
    struct folder_list *list = &walk->folder->list;
    list->size_bytes = 0;
    for (int i = 0; i < list->count; i++) {
        struct folder_file *file = &list->files[i];
        int fd = beneath_open(walk->folder->fd, file->path, &file->size_bytes);
        bool read = fd >= 0 && file_hash(fd, file->hash, &file->size_bytes);
        if (!read) error_set_errno(walk->error, ERROR_INPUT, "%.200s can't be read", text_clean(file->path, walk->arena));
        if (fd >= 0) close(fd);
        if (!read) return false;
        list->size_bytes += file->size_bytes;
    }
    return true;
}

static struct refusal limits_refusal(const struct walk *walk)
{
    if (walk->files > FOLDER_FILES_MAX) return refuse(REFUSAL_FOLDER_TOO_MANY_FILES, argument_count(walk->files), argument_count(FOLDER_FILES_MAX));
    if (walk->folder->list.size_bytes <= FOLDER_BYTES_MAX) return refusal_none;
    return refuse(REFUSAL_FOLDER_TOO_LARGE, argument_size(walk->folder->list.size_bytes), argument_size(FOLDER_BYTES_MAX));
}

bool code_folder_read(struct code_folder *folder, const char *path, struct arena *arena, struct refusal *refusal, struct error *error)
{
    struct walk *walk = arena_take(arena, sizeof *walk);
    *folder = (struct code_folder){ .fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
    *refusal = refusal_none;
    if (folder->fd < 0) return error_set_errno(error, ERROR_INPUT, "The folder %.200s can't be read", text_clean(path, arena));
    walk->folder = folder;
    walk->arena = arena;
    walk->error = error;
    text_init(&walk->refusals, arena);
    int fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return error_set_errno(error, ERROR_INPUT, "The folder %.200s can't be read", text_clean(path, arena));
    if (!read_ignore(walk)) {
        close(fd);
        return false;
    }
    if (!walk_folder(walk, fd, "")) return false;
    folder->refused = walk->refusals.bytes;
    if (walk->refused)
        return error_set(error, ERROR_INPUT, "The folder has %d %s that can't travel with a job. Name them in .aifignore, or put files in their place.",
                         walk->refused, walk->refused == 1 ? "entry" : "entries");
    *refusal = limits_refusal(walk);
    if (refusal->code) return false;
    if (!folder->list.count) return error_set(error, ERROR_INPUT, "The folder %.200s has no file to send.", text_clean(path, arena));
    qsort(folder->list.files, (size_t)folder->list.count, sizeof *folder->list.files, by_path);
    if (!hash_files(walk)) return false;
    folder->text = folder_format(&folder->list, arena);
    struct hash hash = sha256(folder->text, strlen(folder->text));
    hex_format(hash.bytes, HASH_BYTES, folder->hash);
    return true;
}

void code_folder_finish(struct code_folder *folder)
{
    if (folder->fd >= 0) close(folder->fd);
    folder->fd = -1;
}

const struct folder_file *code_folder_find(const struct code_folder *folder, const char *hash)
{
    for (int i = 0; i < folder->list.count; i++)
        if (strcmp(folder->list.files[i].hash, hash) == 0) return &folder->list.files[i];
    return NULL;
}
