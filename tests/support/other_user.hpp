#pragma once

#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace cellos_tests {

/// A user of the host without any rights, whom the password file doesn't know.
inline constexpr uid_t stranger = 12345;

/// Makes this program, one that root has forked, somebody else's for good.
[[nodiscard]] inline bool become_user(uid_t user) {
    if (::setgroups(0, nullptr) == -1 || ::setresgid(user, user, user) == -1 ||
        ::setresuid(user, user, user) == -1)
        return false;
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); // else /proc/self would still be root's
    return true;
}

} // namespace cellos_tests
