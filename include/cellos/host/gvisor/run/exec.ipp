#pragma once

#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/run/exec.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

// The number of a limit that the plan knows by its name.
[[nodiscard]] constexpr std::uint64_t rlimit_number(std::string_view name) noexcept {
    if (name == "RLIMIT_AS") return RLIMIT_AS;
    if (name == "RLIMIT_NPROC") return RLIMIT_NPROC;
    if (name == "RLIMIT_NOFILE") return RLIMIT_NOFILE;
    if (name == "RLIMIT_FSIZE") return RLIMIT_FSIZE;
    if (name == "RLIMIT_STACK") return RLIMIT_STACK;
    return RLIM_NLIMITS;
}

} // namespace detail

CELLOS_DECL Result<sandbox::agent::Request> request_of(
    const Cell& cell, const RunContext& context, std::uint32_t id, const os::StdioBridge& stdio
) {
    const CellPlan& plan = cell.plan();
    std::vector<sandbox::agent::Limit> limits;
    for (const oci::Rlimit& limit :
         process_limits(plan, cell.enforced().memory_max_bytes.has_value()))
        limits.push_back({.value = limit.soft, .resource = detail::rlimit_number(limit.type)});
    std::array<os::Descriptor, 3> streams;
    const std::array<int, 3> ends = stdio.child_ends();
    for (std::size_t i = 0; i < ends.size(); ++i) {
        streams[i] = os::Descriptor{::fcntl(ends[i], F_DUPFD_CLOEXEC, 3)};
        if (!streams[i]) return os::failure("cannot hand a stream over");
    }
    std::span<const ResolvedSecret> variables{};
    if (plan.secrets == SecretsAs::Variables) variables = context.secrets;
    return sandbox::agent::exec_request(
        id,
        {.user = plan.user,
         .hostname = plan.hostname,
         .working_directory = plan.working_directory.path,
         .argv = plan.argv,
         .environment = plan.environment,
         .secrets = variables,
         .limits = limits,
         .merges_outputs = stdio.merges_outputs()},
        std::move(streams)
    );
}

} // namespace cellos::inline CELLOS_ABI::gvisor
