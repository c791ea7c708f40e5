/* SPDX-License-Identifier: EUPL-1.2 */
/* call_filter.c - a list of what is denied, not of what is allowed: people bring interpreters and libraries nobody here
 * has seen, and the wall is made of namespaces; this takes away the parts of the kernel that have broken such walls
 * before. Refused calls answer EPERM, except clone3, which answers ENOSYS so that the C library falls back to clone,
 * whose flags a filter can read. ptrace stays: it reaches the job's own processes only, and debuggers need it. */
#include "executor/call_filter.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { IOCTL_TIOCLINUX = 0x541c }; /* ioctl_tty(2); glibc's headers name TIOCSTI only */

static const int refused[] = {
    SCMP_SYS(add_key), SCMP_SYS(keyctl), SCMP_SYS(request_key),
    SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(lookup_dcookie),
    SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register),
    SCMP_SYS(mount), SCMP_SYS(umount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(setns),
    SCMP_SYS(fsopen), SCMP_SYS(fsconfig), SCMP_SYS(fsmount), SCMP_SYS(fspick), SCMP_SYS(move_mount), SCMP_SYS(open_tree),
    SCMP_SYS(mount_setattr), SCMP_SYS(open_by_handle_at), SCMP_SYS(name_to_handle_at), SCMP_SYS(quotactl),
    SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(reboot), SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(acct),
    SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(syslog), SCMP_SYS(vhangup),
    SCMP_SYS(iopl), SCMP_SYS(ioperm),
};

static bool rules_add(scmp_filter_ctx filter)
{
    uint32_t no = SCMP_ACT_ERRNO(EPERM);
    for (int i = 0; i < countof(refused); i++)
        if (seccomp_rule_add(filter, no, refused[i], 0) != 0) return false;
    struct scmp_arg_cmp type_ahead = SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffu, TIOCSTI);
    struct scmp_arg_cmp console = SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffu, IOCTL_TIOCLINUX);
    struct scmp_arg_cmp new_user = SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER);
    return seccomp_rule_add(filter, no, SCMP_SYS(ioctl), 1, type_ahead) == 0 &&
           seccomp_rule_add(filter, no, SCMP_SYS(ioctl), 1, console) == 0 &&
           seccomp_rule_add(filter, no, SCMP_SYS(unshare), 1, new_user) == 0 &&
           seccomp_rule_add(filter, no, SCMP_SYS(clone), 1, new_user) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
}

int call_filter_create(struct error *error)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int program = memfd_create("call-filter", MFD_CLOEXEC);
    bool is_made = filter && program >= 0 && rules_add(filter) && seccomp_export_bpf(filter, program) == 0 &&
                   lseek(program, 0, SEEK_SET) == 0;
    if (filter) seccomp_release(filter);
    if (is_made) return program;
    if (program >= 0) close(program);
    error_set(error, ERROR_IO, "the filter of system calls can't be made");
    return -1;
}
