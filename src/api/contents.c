/* SPDX-License-Identifier: EUPL-1.2 */
/* contents.c - a content's name is its hash, so a name that is there is right: it was linked there after its bytes were hashed on
 * their way in and were on disk. The received file itself is net's, which removes it with the request. */
#include "api/contents.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

/* "FOLDER/PROJECT/AB"; false if it doesn't fit. Ids of projects and hashes are checked words, so nothing climbs out. */
static bool folder_path(const struct api *api, struct id project, const char *hash, char *to)
{
    CHECK(folder_path_is_safe(project.text) && !strchr(project.text, '/') && strlen(hash) == HASH_HEX);
    int length = snprintf(to, PATH_ROOM, "%s/%s/%.2s", api->files_folder, project.text, hash);
    return length > 0 && length < PATH_ROOM - HASH_HEX - 2;
}

static bool file_path(const struct api *api, struct id project, const char *hash, char *to)
{
    if (!folder_path(api, project, hash, to)) return false;
    size_t length = strlen(to);
    snprintf(to + length, PATH_ROOM - length, "/%s", hash);
    return true;
}

bool contents_has(const struct api *api, struct id project, const char *hash)
{
    char path[PATH_ROOM];
    struct stat status;
    return file_path(api, project, hash, path) && lstat(path, &status) == 0 && S_ISREG(status.st_mode);
}

int contents_open(const struct api *api, struct id project, const char *hash)
{
    char path[PATH_ROOM];
    return file_path(api, project, hash, path) ? open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
}

static bool sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    return ok;
}

/* A new folder's name is in its parent, which must reach the disk too. */
static bool folder_make_synced(char *path)
{
    if (mkdir(path, 0700) != 0) return errno == EEXIST;
    char *slash = strrchr(path, '/');
    *slash = 0;
    bool ok = sync_folder(path);
    *slash = '/';
    return ok;
}

static enum error_code failure_code(void) { return errno == ENOSPC || errno == EDQUOT ? ERROR_FULL : ERROR_IO; }

bool contents_keep(const struct api *api, struct id project, const char *hash, const char *path, int fd, struct error *error)
{
    char folder[PATH_ROOM], target[PATH_ROOM];
    if (!folder_path(api, project, hash, folder) || !file_path(api, project, hash, target)) return error_set(error, ERROR_CONFIG, "the data folder's path is too long");
    char *shard = strrchr(folder, '/');
    *shard = 0;
    bool ok = folder_make_synced(folder);
    *shard = '/';
    ok = ok && folder_make_synced(folder) && fsync(fd) == 0 && (link(path, target) == 0 || errno == EEXIST) && sync_folder(folder);
    return ok || error_set_errno(error, failure_code(), "can't keep a file's contents");
}

bool folder_list_names(const char *list, const char *hash)
{
    for (const char *at = list; (at = strstr(at, hash)); at++)
        if (at == list || at[-1] == '\n') return true; /* a line begins with its hash; a path may look like one */
    return false;
}

static struct hash name_of(const struct folder *folder) { return sha256_2(folder->project.text, strlen(folder->project.text), folder->hash, strlen(folder->hash)); }

static struct hash *slot_of(struct api *api, const struct hash *name)
{
    uint32_t at;
    memcpy(&at, name->bytes, sizeof at);
    return &api->folders[at % FOLDER_BUCKETS];
}

bool folder_is_complete(struct api *api, const struct folder *folder, struct arena *arena)
{
    struct hash name = name_of(folder), *slot = slot_of(api, &name);
    struct folder_list list;
    pthread_mutex_lock(&api->lock);
    bool known = hash_equal(slot, &name);
    pthread_mutex_unlock(&api->lock);
    if (known) return true;
    struct refusal refusal = folder_parse(folder->list, arena, &list);
    if (refusal.code) return false;
    for (int i = 0; i < list.count; i++)
        if (!contents_has(api, folder->project, list.files[i].hash)) return false;
    pthread_mutex_lock(&api->lock);
    *slot = name;
    pthread_mutex_unlock(&api->lock);
    return true;
}
