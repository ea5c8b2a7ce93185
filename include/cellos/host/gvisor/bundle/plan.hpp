/// @file
/// What becomes of a document: everything that a cell's life depends on, decided once, before there
/// is a cell. Pure and portable: nothing here looks at the host.
///
/// Where the workload starts. Its working directory is
///   * used as it is at or below a place that has its content already: `/` and `/tmp` themselves,
///     `/proc`, `/sys`, `/dev`, `/inputs`, one of the mounts, and in a SystemRootfs `/usr`, `/etc`,
///     `/bin`, `/sbin`, `/lib*`;
///   * used as it is where a DirectoryRootfs keeps files
///     (CellFacts::working_directory_has_content);
///   * else a scratch file system of the workload's own, writable and gone with the cell.
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

/// The cell's host name: its id as one DNS label, so that no tool takes a part of it for a domain.
[[nodiscard]] CELLOS_DECL std::string hostname(std::string_view cell_id);

/// What a plan has to know of the host.
struct CellFacts {
    /// Those of sandbox::system_directories that are directories of the host, not links into its
    /// `/usr`.
    std::vector<std::string> bound_system_directories{};
    /// A DirectoryRootfs holds files at the working directory, which a scratch file system would
    /// hide.
    bool working_directory_has_content = false;
};

/// Where the workload starts.
struct WorkingDirectory {
    enum class Kind : std::uint8_t {
        InRoot,  ///< part of the root, or of a file system that every cell has
        Scratch, ///< a file system of its own
        OnHost,  ///< in what is bound into the cell, or will be: `/inputs`
    };

    std::string path = "/"; ///< normal
    Kind kind = Kind::InRoot;
    HostPlace bound{};   ///< OnHost: what is bound
    std::string below{}; ///< OnHost: the way from there; empty: that directory itself
};

/// How secrets reach the workload.
enum class SecretsAs : std::uint8_t {
    None, ///< the document names none
    Variables,
    Files, ///< in sandbox::secrets_place
};

/// What the cell's control group holds it to as a whole.
struct GroupLimits {
    std::optional<std::int64_t> memory_max_bytes{};
    std::optional<CpuMax> cpu_max{};
    std::optional<std::int64_t> max_processes{};
};

/// One cell, before it is made.
struct CellPlan {
    std::string cell_id{}; ///< the document's
    std::string hostname{};

    bool has_command = false;
    std::vector<std::string> argv{};        ///< passed as it is, never through a shell
    std::vector<std::string> environment{}; ///< `NAME=value`, without secrets
    WorkingDirectory working_directory{};
    SecretsAs secrets = SecretsAs::None;
    CellUser user{};

    bool owns_root = true; ///< SystemRootfs: its root is made for it alone
    /// SystemRootfs: directories beside `/usr` that are bound, read-only, where the host has them.
    std::vector<std::string> bound_system_directories{};
    /// The operator's, then the cell's own: its volumes, and its secrets where they are files. No
    /// two share a place.
    std::vector<CellMount> mounts{};
    std::vector<std::string> artifact_directories{}; ///< one for each artifact
    std::vector<std::string> volumes{};              ///< where they are seen
    std::int64_t scratch_bytes = 0;                  ///< of each writable file system

    std::vector<oci::Rlimit> rlimits{}; ///< of each process, but for its memory
    GroupLimits group{};
    std::optional<std::uint64_t> max_output_bytes{};
    std::chrono::seconds grace{}; ///< from SIGTERM to the end of everything
};

/// What this backend makes of the document on a host with these `facts`. Fails with what validate()
/// says; or with Unsupported, and one line for each artifact that the workload could not write, or
/// else for each thing that this backend cannot enforce or do. No refusal depends on the facts:
/// without them the plan is one for fit_to_host().
[[nodiscard]] CELLOS_DECL Result<CellPlan> plan_cell(
    const ExecutionCellDocument& document, const GVisorConfig& config, CellFacts facts = {}
);

/// Completes a plan that was made without facts; to be called once.
CELLOS_DECL void fit_to_host(CellPlan& plan, CellFacts facts);

/// The limits of each process of the workload. Where no control group holds the cell to its memory
/// as a whole, each process is held to that much.
[[nodiscard]] CELLOS_DECL std::vector<oci::Rlimit> process_limits(
    const CellPlan& plan, bool group_limits_memory
);

namespace detail {

/// plan_cell() with the mounts and the environment of `parameters`, in the place of what the
/// document's secrets, artifacts and variables call for.
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
