/* SPDX-License-Identifier: EUPL-1.2 */
#include "main/home.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
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

bool folder_make(const char *path, struct error *error)
{
    char part[HOME_PATH_MAX];
    size_t length = strlen(path);
    if (length >= sizeof part) return error_set(error, ERROR_CONFIG, "the path of the folder is too long");
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != 0) continue;
        memcpy(part, path, i);
        part[i] = 0;
        if (mkdir(part, 0700) != 0 && errno != EEXIST) return error_set_errno(error, ERROR_IO, "the folder %s can't be made", part);
    }
    return true;
}

bool file_write(const char *path, const char *text, int mode, struct error *error)
{
    char temporary[HOME_PATH_MAX + 8];
    snprintf(temporary, sizeof temporary, "%s.new", path);
    int file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (file < 0) return error_set_errno(error, ERROR_IO, "%s can't be written", path);
    size_t length = strlen(text);
    bool ok = write(file, text, length) == (ssize_t)length && fsync(file) == 0;
    ok = close(file) == 0 && ok && rename(temporary, path) == 0;
    return ok || error_set_errno(error, ERROR_IO, "%s can't be written", path);
}

bool file_read(const char *path, char *text, size_t room, struct error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return error_set_errno(error, ERROR_IO, "%s can't be read", path);
    ssize_t length = read(file, text, room - 1);
    close(file);
    if (length < 0) return error_set_errno(error, ERROR_IO, "%s can't be read", path);
    text[length] = 0;
    return true;
}

bool secret_file(const char *path, char hex[SECRET_HEX + 1], struct error *error)
{
    struct stat about;
    unsigned char bytes[SECRET_HEX / 2];
    if (stat(path, &about) != 0) {
        char text[SECRET_HEX + 2];
        random_fill(bytes, sizeof bytes);
        hex_format(bytes, sizeof bytes, hex);
        snprintf(text, sizeof text, "%s\n", hex);
        return file_write(path, text, 0600, error);
    }
    if (about.st_mode & 077) return error_set(error, ERROR_CONFIG, "%s can be read by others: chmod 600 it, and make a new one if it may have been read", path);
    char text[SECRET_HEX + 2];
    if (!file_read(path, text, sizeof text, error)) return false;
    text[strcspn(text, "\n")] = 0;
    memcpy(hex, text, SECRET_HEX + 1);
    return hex_parse(hex, bytes, sizeof bytes) || error_set(error, ERROR_CONFIG, "%s doesn't hold 64 hex digits", path);
}

bool key_file(const char *path, struct sign_key *key, struct error *error)
{
    char hex[SECRET_HEX + 1];
    unsigned char seed[SIGN_SEED_BYTES];
    if (!secret_file(path, hex, error)) return false;
    CHECK(hex_parse(hex, seed, sizeof seed));
    sign_key_from_seed(key, seed);
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
