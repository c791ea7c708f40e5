/* SPDX-License-Identifier: EUPL-1.2 */
/* keeper_start.c - the fork that makes a keeper nobody's child: the process in the middle ends at once, so the keeper
 * belongs to init (or the nearest subreaper) and no agent has to wait for it. Between fork and exec only calls that
 * signal-safety(7) allows: the agent may have threads. */
#include "executor/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The keeper closes all other files itself, first of all. */
static _Noreturn void become_keeper(const char *program, char *const *command, int lock)
{
    if (lock == KEEPER_LOCK_FILE ? fcntl(lock, F_SETFD, 0) == 0 : dup2(lock, KEEPER_LOCK_FILE) == KEEPER_LOCK_FILE)
        execv(program, command);
    _exit(127);
}

bool keeper_start(const char *program, const char *folder, int lock, struct error *error)
{
    char *const command[] = { (char *)program, (char *)"keeper", (char *)folder, NULL };
    pid_t middle = fork();
    if (middle < 0) return error_set_errno(error, ERROR_IO, "no process can be made");
    if (middle == 0) {
        setsid();
        pid_t keeper = fork();
        if (keeper == 0) become_keeper(program, command, lock);
        _exit(keeper < 0 ? 1 : 0);
    }
    int status = 1;
    while (waitpid(middle, &status, 0) < 0 && errno == EINTR) continue;
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) || error_set(error, ERROR_IO, "no process can be made");
}
