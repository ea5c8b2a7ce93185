#pragma once

#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>

#include <optional>
#include <string_view>
#include <vector>

#include <sys/types.h>

/// @file
/// Finding processes without a control group: by descent and by command line. Incomplete by nature
/// (a process may have an empty command line, and its parent may be gone), hence the second choice,
/// and repeated until nothing more is found. Thread-safe.

namespace cellos::inline CELLOS_ABI::os {

/// Processes, not numbers: a pidfd cannot come to mean another process.
struct FoundProcess {
    pid_t pid = -1;
    Descriptor pidfd;
};

namespace detail {

struct ProcessRow {
    pid_t parent = 0;
    bool zombie = false;
};

/// What /proc says of a process; nothing if there is none.
[[nodiscard]] CELLOS_DECL std::optional<ProcessRow> read_stat(pid_t pid);

} // namespace detail

/// All living processes that descend from `ancestor` (0: none does) or name `marker` on their
/// command line, but never this process itself.
[[nodiscard]] CELLOS_DECL std::vector<FoundProcess> find_processes(
    pid_t ancestor, std::string_view marker
);

/// Ends (SIGKILL) what find_processes finds, again and again until a pass finds nothing. False: the
/// deadline passed first.
[[nodiscard]] CELLOS_DECL bool end_processes(
    pid_t ancestor, std::string_view marker, Clock::time_point deadline
);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/process_table.ipp>
#endif
