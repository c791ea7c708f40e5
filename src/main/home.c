/* SPDX-License-Identifier: EUPL-1.2 */
#include "main/home.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

char *home_path(const char *home, struct arena *arena, const char *format, ...)
{
    char rest[HOME_PATH_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(rest, sizeof rest, format, arguments);
    va_end(arguments);
    return arena_format(arena, "%s/%s", home, rest);
}

bool file_write(const char *path, const char *text, struct error *error)
{
    char parent[HOME_PATH_MAX];
    const char *name = strrchr(path, '/');
    CHECK(name);
    if (snprintf(parent, sizeof parent, "%.*s", (int)(name - path), path) >= (int)sizeof parent) return error_set(error, ERROR_CONFIG, "the path of %s is too long", name + 1);
    int folder = open(*parent ? parent : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return error_set_errno(error, ERROR_IO, "%s can't be written", path);
    bool ok = file_save(folder, name + 1, text, strlen(text), FILE_DURABLE, error);
    close(folder);
    return ok;
}

static bool secret_make(const char *path, char hex[SECRET_HEX + 1], struct error *error)
{
    unsigned char bytes[SECRET_HEX / 2];
    char text[SECRET_HEX + 2];
    random_fill(bytes, sizeof bytes);
    hex_format(bytes, sizeof bytes, hex);
    snprintf(text, sizeof text, "%s\n", hex);
    bool ok = file_write(path, text, error);
    explicit_bzero(bytes, sizeof bytes);
    explicit_bzero(text, sizeof text);
    return ok;
}

/* Made only if it surely isn't there: one that can't be read just now may be the network's key. */
bool secret_file(const char *path, char hex[SECRET_HEX + 1], struct error *error)
{
    unsigned char bytes[SECRET_HEX / 2];
    char text[SECRET_HEX + 3];
    if (access(path, F_OK) != 0 && errno == ENOENT) return secret_make(path, hex, error);
    if (file_load(path, FILE_SECRET, text, sizeof text, error) < 0) return false;
    text[strcspn(text, "\n")] = 0;
    bool ok = hex_parse(text, bytes, sizeof bytes);
    if (ok) memcpy(hex, text, SECRET_HEX + 1);
    explicit_bzero(text, sizeof text);
    explicit_bzero(bytes, sizeof bytes);
    return ok || error_set(error, ERROR_CONFIG, "%s doesn't hold %d hex digits", path, SECRET_HEX);
}

bool key_file(const char *path, struct sign_key *key, struct error *error)
{
    char hex[SECRET_HEX + 1];
    unsigned char seed[SIGN_SEED_BYTES];
    if (!secret_file(path, hex, error)) return false;
    CHECK(hex_parse(hex, seed, sizeof seed));
    sign_key_from_seed(key, seed);
    explicit_bzero(hex, sizeof hex);
    explicit_bzero(seed, sizeof seed);
    return true;
}

bool home_lock(const char *path, struct error *error)
{
    char who[64] = "";
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return error_set_errno(error, ERROR_IO, "%s can't be opened", path);
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        ssize_t length = read(file, who, sizeof who - 1);
        if (length > 0) who[length] = 0;
        close(file);
        who[strcspn(who, "\n")] = 0;
        return error_set(error, ERROR_BUSY, "%s is held by process %s: it serves this folder already", path, *who ? who : "(unknown)");
    }
    int length = snprintf(who, sizeof who, "%d\n", (int)getpid());
    if (ftruncate(file, 0) != 0 || write(file, who, (size_t)length) != length) return error_set_errno(error, ERROR_IO, "%s can't be written", path);
    return true; /* stays open: the lock ends with the process */
}
