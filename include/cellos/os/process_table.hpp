#pragma once

#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>

#include <optional>
#include <string_view>
#include <vector>

#include <sys/types.h>

/// @file
/// Finds this user's processes without a control group, by descent and by command line. This cannot
/// be complete: a process may have an empty command line and a parent that has gone. So it is the
/// second choice, and it is repeated until nothing more is found. Thread-safe.
///
/// Anybody can write anything on a command line, so it counts only with processes that this user
/// must have started: those that are this user's in every respect, and those in a user namespace
/// that this user has made, whoever they are in there.

namespace cellos::inline CELLOS_ABI::os {

/// A process by number and by pidfd; unlike the number, a pidfd is never reused for another
/// process.
struct FoundProcess {
    pid_t pid = -1;
    Descriptor pidfd;
};

namespace detail {

struct ProcessRow {
    pid_t parent = 0;
    pid_t group = 0;
    bool zombie = false;
};

/// What /proc says about a process; empty if it doesn't exist.
[[nodiscard]] CELLOS_DECL std::optional<ProcessRow> read_stat(pid_t pid);

} // namespace detail

/// All living processes of this user that descend from `ancestor` (0: none do) or have `argument`,
/// if it is not empty, as one of their arguments, as a whole, but never this process itself.
[[nodiscard]] CELLOS_DECL std::vector<FoundProcess> find_processes(
    pid_t ancestor, std::string_view argument
);

/// Kills (SIGKILL) the processes that find_processes() finds, again and again until it finds none.
/// False: the deadline passed first.
[[nodiscard]] CELLOS_DECL bool end_processes(
    pid_t ancestor, std::string_view argument, Clock::time_point deadline
);

/// Kills (SIGKILL) the processes of a group of this user's, and waits until none but zombies is
/// left. `group` must not be used again meanwhile: its leader has not been reaped. False: the
/// deadline passed first.
[[nodiscard]] CELLOS_DECL bool end_process_group(pid_t group, Clock::time_point deadline);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/process_table.ipp>
#endif
