/// @file
/// The plan of a cell: everything that follows from a document and the operator's config, decided
/// once, before the cell is created. Pure and portable: nothing here looks at the host.
///
/// The workload starts in its working directory, which is
///   * used as it is at or below a place that already has content: `/` and `/tmp` themselves,
///     `/proc`, `/sys`, `/dev`, `/inputs`, secrets that are files, one of the mounts, and in a
///     SystemRootfs `/usr`, `/etc`, `/bin`, `/sbin`, `/lib*`, and `/home/cell` itself;
///   * used as it is where a DirectoryRootfs has files (CellFacts::working_directory_has_content);
///   * otherwise a scratch file system, writable, which disappears with the cell.
#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/oci.hpp>
#include <cellos/host/gvisor/bundle/parameters.hpp>
#include <cellos/host/gvisor/bundle/places.hpp>
#include <cellos/host/gvisor/config.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cellos::inline CELLOS_ABI::gvisor {

/// The cell's host name: its id as a single DNS label, so that no tool takes part of it for a
/// domain.
[[nodiscard]] CELLOS_DECL std::string hostname(std::string_view cell_id);

/// What a plan needs to know about the host.
struct CellFacts {
    /// Those of sandbox::system_directories that are directories of the host, not links into its
    /// `/usr`, and directories in its `/etc` that cells see as a whole.
    std::vector<std::string> bound_system_directories{};
    /// A DirectoryRootfs has files at the working directory, which a scratch file system would
    /// hide.
    bool working_directory_has_content = false;
};

/// Where the workload starts.
struct WorkingDirectory {
    enum class Kind : std::uint8_t {
        InRoot,  ///< part of the root, or of a file system of the cell's own
        Scratch, ///< a file system of its own
        OnHost,  ///< in what is bound into the cell
        Inputs,  ///< in `/inputs`
    };

    std::string path = "/"; ///< normal
    Kind kind = Kind::InRoot;
    HostPlace bound{};   ///< OnHost: the source of the bind mount
    std::string below{}; ///< OnHost: the relative path from there; empty: that directory itself
};

/// How secrets reach the workload.
enum class SecretsAs : std::uint8_t {
    None, ///< the document names none
    Variables,
    Files, ///< in sandbox::secrets_place
};

/// The limits that a control group enforces for the cell as a whole.
struct GroupLimits {
    std::optional<std::int64_t> memory_max_bytes{};
    std::optional<CpuMax> cpu_max{};
    std::optional<std::chrono::milliseconds> cpu_time{};
    std::optional<std::int64_t> max_processes{};
    /// Of those two, what is the operator's ceiling and not the document's limit.
    bool memory_is_ceiling = false;
    bool processes_are_ceiling = false;
};

/// One cell, before it is created.
struct CellPlan {
    std::string cell_id{}; ///< the document's
    std::string hostname{};

    bool has_command = false;
    std::vector<std::string> argv{};        ///< passed unchanged, never through a shell
    std::vector<std::string> environment{}; ///< `NAME=value`, without secrets
    WorkingDirectory working_directory{};
    SecretsAs secrets = SecretsAs::None;
    CellUser user{};

    bool owns_root = true; ///< SystemRootfs: the root is created for this cell alone
    /// SystemRootfs: directories other than `/usr` that are bound read-only, as the host has them.
    std::vector<std::string> bound_system_directories{};
    /// The operator's, then the cell's own volumes. No two share a place.
    std::vector<CellMount> mounts{};
    std::vector<std::string> artifact_directories{}; ///< one for each artifact
    std::vector<std::string> volumes{};              ///< their places in the cell
    std::int64_t scratch_bytes = 0;                  ///< size of each writable file system

    std::vector<oci::Rlimit> rlimits{}; ///< of each process, except for memory
    GroupLimits group{};
    std::optional<std::uint64_t> max_output_bytes{};
    std::chrono::seconds grace{}; ///< between SIGTERM and SIGKILL; 0: SIGKILL at once
};

/// Plans a cell for the document on a host with these `facts`. Fails with the errors of validate();
/// or with Unsupported and one line for each artifact that the workload could not write, or else
/// for each thing that this backend cannot enforce or do, or that exceeds the operator's ceilings.
/// No refusal depends on the facts: without them, complete the plan with fit_to_host().
[[nodiscard]] CELLOS_DECL Result<CellPlan> plan_cell(
    const ExecutionCellDocument& document, const GVisorConfig& config, CellFacts facts = {}
);

/// Completes a plan that was made without facts. Call it once.
CELLOS_DECL void fit_to_host(CellPlan& plan, CellFacts facts);

/// Whether the cell has a home directory of its own, at sandbox::home_place: in a SystemRootfs,
/// unless something else is mounted there or around it.
[[nodiscard]] CELLOS_DECL bool has_home(const CellPlan& plan);

/// The limits of each process of the workload. Unless a control group limits the memory of the
/// whole cell, the memory limit applies to each process.
[[nodiscard]] CELLOS_DECL std::vector<oci::Rlimit> process_limits(
    const CellPlan& plan, bool group_limits_memory
);

namespace detail {

/// plan_cell() with the mounts of `parameters`, in the place of what the document's artifacts call
/// for.
[[nodiscard]] CELLOS_DECL Result<CellPlan> plan_bundle(
    const ExecutionCellDocument& document,
    const GVisorConfig& config,
    const BundleParameters& parameters
);

} // namespace detail

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/plan.ipp>
#endif
