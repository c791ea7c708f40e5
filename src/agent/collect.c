/* SPDX-License-Identifier: EUPL-1.2 */
/* collect.c - first the names (sorted, so that the same folder always gives the same outputs), then the bytes in slices.
 *
 * The choice is made path by path: a file that is too large for what is left of the allowance is left out, smaller ones
 * behind it may still fit. A file that the code folder brought is an output only if its bytes differ. */
#include "agent/collect.h"

#include "agent/files.h"
#include "core/data/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, READ_BYTES = 64 * 1024 };

struct found { const char *path; int64_t size_bytes; };

struct collection {
    struct arena        arena;
    int                 folder, work;   /* open folders, -1: not there */
    struct folder_list  brought;        /* the code folder's files */
    struct found       *found;
    int                 found_count, found_room, entries, next;
    struct agent_stream streams[AGENT_STREAMS];
    int                 stream_count, output_count;
    int64_t             outputs_bytes, left_out;
    /* the file that is being hashed: */
    int                   file;         /* -1: none */
    char                  name[FOLDER_PATH_MAX + 8];
    const char           *brought_hash; /* its hash when it was brought; NULL: it is new */
    struct sha256_stream *hash;
    int64_t               hashed_bytes;
};

/* ---- names ---- */

static void found_add(struct collection *collection, const char *path, int64_t size_bytes)
{
    if (collection->found_count == collection->found_room) {
        collection->found_room = collection->found_room ? collection->found_room * 2 : 256;
        collection->found = realloc(collection->found, sizeof *collection->found * (size_t)collection->found_room);
        CHECK(collection->found);
    }
    collection->found[collection->found_count++] = (struct found){ arena_text(&collection->arena, path), size_bytes };
}

static void scan(struct collection *collection, int folder, const char *prefix, int depth);

static void scan_entry(struct collection *collection, int folder, const char *prefix, const char *name, int depth)
{
    char path[FOLDER_PATH_MAX + 1];
    struct stat status;
    int length = snprintf(path, sizeof path, "%s%s%s", prefix, *prefix ? "/" : "", name);
    bool fits = length < (int)sizeof path && utf8_is_valid(path, (size_t)length) && folder_path_is_safe(path);
    bool is_there = fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (is_there && S_ISDIR(status.st_mode) && fits && depth < COLLECT_DEPTH) {
        int below = openat(folder, name, FOLDER_FLAGS);
        if (below >= 0) scan(collection, below, path, depth + 1);
        else collection->left_out++;
    } else if (is_there && S_ISREG(status.st_mode) && fits) {
        found_add(collection, path, status.st_size);
    } else {
        collection->left_out++;
    }
}

/* Takes the descriptor. */
static void scan(struct collection *collection, int folder, const char *prefix, int depth)
{
    DIR *list = fdopendir(folder);
    if (!list) {
        close(folder);
        return;
    }
    for (struct dirent *entry; (entry = readdir(list));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (collection->entries++ < COLLECT_ENTRIES) scan_entry(collection, dirfd(list), prefix, entry->d_name, depth);
        else collection->left_out++;
    }
    closedir(list);
}

static int compare_found(const void *a, const void *b)
{
    return strcmp(((const struct found *)a)->path, ((const struct found *)b)->path);
}

static bool brought_read(struct collection *collection, struct error *error)
{
    int file = files_open(collection->folder, COLLECT_LIST);
    if (file < 0) return true; /* a job without a code folder */
    char *list = arena_take(&collection->arena, FOLDER_LIST_MAX + 1);
    ssize_t size = pread(file, list, FOLDER_LIST_MAX, 0);
    close(file);
    if (size < 0) return error_set_errno(error, ERROR_IO, "the list of the code folder can't be read");
    struct refusal refusal = folder_parse(list, &collection->arena, &collection->brought);
    return !refusal.code || error_set(error, ERROR_IO, "the list of the code folder isn't what was written");
}

struct collection *collection_create(int jobs, struct id job, struct error *error)
{
    struct collection *collection = calloc(1, sizeof *collection);
    CHECK(collection);
    arena_init(&collection->arena, 128 * 1024 * 1024);
    collection->file = collection->work = -1;
    collection->folder = openat(jobs, job.text, FOLDER_FLAGS);
    if (collection->folder < 0 && errno == ENOENT) return collection;
    if (collection->folder >= 0) collection->work = openat(collection->folder, "work", FOLDER_FLAGS);
    if (collection->folder < 0 || !brought_read(collection, error)) {
        if (collection->folder < 0) error_set_errno(error, ERROR_IO, "the job's folder can't be opened");
        collection_destroy(collection);
        return NULL;
    }
    int work = collection->work >= 0 ? fcntl(collection->work, F_DUPFD_CLOEXEC, 0) : -1;
    if (work >= 0) scan(collection, work, "", 0);
    if (collection->found_count) qsort(collection->found, (size_t)collection->found_count, sizeof *collection->found, compare_found);
    collection->next = -2; /* error and log come first */
    return collection;
}

void collection_destroy(struct collection *collection)
{
    if (!collection) return;
    if (collection->file >= 0) close(collection->file);
    if (collection->work >= 0) close(collection->work);
    if (collection->folder >= 0) close(collection->folder);
    sha256_stream_destroy(collection->hash);
    free(collection->found);
    arena_finish(&collection->arena);
    free(collection);
}

/* ---- bytes ---- */

static const struct folder_file *brought_find(const struct collection *collection, const char *path)
{
    int low = 0, high = collection->brought.count;
    while (low < high) {
        int middle = (low + high) / 2, order = strcmp(collection->brought.files[middle].path, path);
        if (order == 0) return &collection->brought.files[middle];
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    return NULL;
}

static void begin(struct collection *collection, int file, const char *name)
{
    collection->file = file;
    collection->hash = sha256_stream_create();
    collection->hashed_bytes = 0;
    snprintf(collection->name, sizeof collection->name, "%s", name);
}

static void begin_output(struct collection *collection, const struct found *found)
{
    const struct folder_file *brought = brought_find(collection, found->path);
    bool may_be_same = brought && brought->size_bytes == found->size_bytes;
    bool fits = collection->output_count < RECORD_OUTPUTS_MAX && found->size_bytes <= OUTPUTS_BYTES_MAX - collection->outputs_bytes;
    int file = fits || may_be_same ? files_open(collection->work, found->path) : -1;
    char name[FOLDER_PATH_MAX + 8];
    collection->brought_hash = may_be_same ? brought->hash : NULL;
    snprintf(name, sizeof name, "out/%s", found->path);
    if (file < 0) collection->left_out++;
    else begin(collection, file, name);
}

/* The next file; false: there is none. */
static bool begin_next(struct collection *collection)
{
    while (collection->file < 0 && collection->next < collection->found_count) {
        int next = collection->next++;
        const char *own = next == -2 ? "error" : "log";
        int file = next < 0 && collection->folder >= 0 ? files_open(collection->folder, own) : -1;
        if (next >= 0) begin_output(collection, &collection->found[next]);
        else if (file >= 0) begin(collection, file, own);
    }
    return collection->file >= 0;
}

static void end_file(struct collection *collection, bool is_whole)
{
    struct hash hash = sha256_stream_end(collection->hash);
    char hex[HASH_HEX + 1];
    bool is_output = strncmp(collection->name, "out/", 4) == 0;
    hex_format(hash.bytes, HASH_BYTES, hex);
    collection->hash = NULL;
    close(collection->file);
    collection->file = -1;
    if (is_output && collection->brought_hash && strcmp(collection->brought_hash, hex) == 0) return; /* as it was brought */
    bool fits = !is_output || (collection->output_count < RECORD_OUTPUTS_MAX && collection->hashed_bytes <= OUTPUTS_BYTES_MAX - collection->outputs_bytes);
    if (!is_whole || !fits) {
        collection->left_out++;
        return;
    }
    struct agent_stream *stream = &collection->streams[collection->stream_count++];
    *stream = (struct agent_stream){ .name = arena_text(&collection->arena, collection->name), .size_bytes = collection->hashed_bytes };
    memcpy(stream->hash, hex, sizeof hex);
    if (!is_output) return;
    collection->output_count++;
    collection->outputs_bytes += collection->hashed_bytes;
}

bool collection_step(struct collection *collection)
{
    char bytes[READ_BYTES];
    int64_t budget_bytes = COLLECT_SLICE_BYTES;
    for (int files = 0; budget_bytes > 0 && files < COLLECT_SLICE_FILES; files++) {
        if (!begin_next(collection)) return true;
        ssize_t got = 1;
        while (budget_bytes > 0 && (got = pread(collection->file, bytes, sizeof bytes, collection->hashed_bytes)) > 0) {
            sha256_stream_add(collection->hash, bytes, (size_t)got);
            collection->hashed_bytes += got;
            budget_bytes -= got;
        }
        if (got <= 0) end_file(collection, got == 0);
    }
    return false;
}

const struct agent_stream *collection_streams(const struct collection *collection, int *count, int64_t *left_out)
{
    *count = collection->stream_count;
    *left_out = collection->left_out;
    return collection->streams;
}
