#pragma once

#include <cellos/core/enum_names.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// @file
/// The execution cell document (`cellos.io/v1`): what may run, and with which authority. Plain,
/// mutable aggregates: build one in C++ and check it with `validate` (<cellos/core/validate.hpp>),
/// or read one with `parse_document` (<cellos/json.hpp>). Member names are the snake_case form of
/// the JSON names. Integers are signed, so that a negative number is a violation rather than a huge
/// value.

namespace cellos::inline CELLOS_ABI {

/// A share of the processors: `quota_micros` microseconds of processor time in each period.
struct CpuMax {
    std::int64_t quota_micros = 0;
    std::optional<std::int64_t> period_micros{}; ///< default: 100000

    friend bool operator==(const CpuMax&, const CpuMax&) = default;
};

/// Bounds on what the workload may consume. Absent bounds are decided by the operator.
struct Limits {
    std::optional<std::int64_t> memory_max_bytes{}; ///< the workload's, without the sandbox's own
    std::optional<CpuMax> cpu_max{};
    /// Time from SIGTERM to SIGKILL.
    std::optional<std::int64_t> graceful_shutdown_seconds{};
    std::optional<std::int64_t> max_processes{};
    std::optional<std::int64_t> max_open_files{};
    std::optional<std::int64_t> max_file_bytes{};
    /// Size of each writable file system of the cell.
    std::optional<std::int64_t> scratch_bytes{};
    std::optional<std::int64_t> max_output_bytes{};
    /// Processor time of the cell from the workload's exec on, its kernel's part included.
    std::optional<std::int64_t> cpu_time_ms{};
    /// Of the workload's first thread.
    std::optional<std::int64_t> stack_bytes{};

    friend bool operator==(const Limits&, const Limits&) = default;
};

/// How secrets reach the workload.
enum class SecretDelivery : std::uint8_t { Env, File, RuntimeBroker, RuntimeLeasedBroker };

template <>
inline constexpr auto enum_names<SecretDelivery> = std::to_array<EnumName<SecretDelivery>>({
    {SecretDelivery::Env, "env"},
    {SecretDelivery::File, "file"},
    {SecretDelivery::RuntimeBroker, "runtimeBroker"},
    {SecretDelivery::RuntimeLeasedBroker, "runtimeLeasedBroker"},
});
static_assert(detail::has_names_for_all<SecretDelivery>());

/// The command. An `argv[0]` without a slash is looked up in the cell's `PATH`.
struct RunSpec {
    std::vector<std::string> argv{};
    std::optional<std::string> working_directory{};  ///< default: `/`
    std::optional<std::int64_t> timeout_ms{};        ///< wall time from the workload's exec on
    std::optional<SecretDelivery> secret_delivery{}; ///< default: Env
    std::optional<Limits> limits{};

    friend bool operator==(const RunSpec&, const RunSpec&) = default;
};

/// The cell's environment is exactly these variables, the secrets, and `PATH`, `HOME` and `LANG`.
struct EnvironmentSpec {
    std::map<std::string, std::string> variables{};

    friend bool operator==(const EnvironmentSpec&, const EnvironmentSpec&) = default;
};

enum class EgressProtocol : std::uint8_t { Tcp, Udp };

template <>
inline constexpr auto enum_names<EgressProtocol> = std::to_array<EnumName<EgressProtocol>>({
    {EgressProtocol::Tcp, "tcp"},
    {EgressProtocol::Udp, "udp"},
});
static_assert(detail::has_names_for_all<EgressProtocol>());

/// One destination that the cell may connect to. `host` is a name, an address or a CIDR block.
struct EgressRule {
    std::string host{};
    std::int64_t port = 0;
    std::optional<EgressProtocol> protocol{}; ///< default: Tcp

    friend bool operator==(const EgressRule&, const EgressRule&) = default;
};

/// The authority that the cell gets. Without an egress rule it has no network at all.
struct Authority {
    std::vector<std::string> secret_refs{};
    std::vector<EgressRule> egress_rules{};

    friend bool operator==(const Authority&, const Authority&) = default;
};

struct Lifetime {
    std::int64_t ttl_seconds = 0;

    friend bool operator==(const Lifetime&, const Lifetime&) = default;
};

/// A file that is copied out of the cell after the run. `path` is an absolute path in the cell.
struct ExportArtifact {
    std::string name{};
    std::string path{};

    friend bool operator==(const ExportArtifact&, const ExportArtifact&) = default;
};

struct ExportSpec {
    std::vector<ExportArtifact> artifacts{};

    friend bool operator==(const ExportSpec&, const ExportSpec&) = default;
};

/// Relates the cell to the job or request that it was made for. Copied into events, never
/// interpreted.
struct Correlation {
    std::optional<std::string> platform{};
    std::optional<std::string> external_run_id{};
    std::optional<std::string> external_job_id{};
    std::optional<std::string> tenant_id{};
    std::optional<std::string> correlation_id{};
    std::map<std::string, std::string> labels{};

    friend bool operator==(const Correlation&, const Correlation&) = default;
};

struct Placement {
    std::optional<std::string> pool_id{};
    std::optional<std::string> kubernetes_namespace{};
    std::optional<std::string> queue_name{};

    friend bool operator==(const Placement&, const Placement&) = default;
};

struct PolicyReference {
    std::string pack_id{};
    std::string pack_version{};

    friend bool operator==(const PolicyReference&, const PolicyReference&) = default;
};

struct WorkloadIdentity {
    std::string audience{};

    friend bool operator==(const WorkloadIdentity&, const WorkloadIdentity&) = default;
};

/// Everything under `spec`. Without `run`, the cell is created and destroyed without running
/// anything.
struct ExecutionCellSpec {
    std::string id{};
    std::optional<RunSpec> run{};
    std::optional<EnvironmentSpec> environment{};
    Authority authority{};
    Lifetime lifetime{};
    std::optional<ExportSpec> export_{};
    std::optional<Correlation> correlation{};
    std::optional<Placement> placement{};
    std::optional<PolicyReference> policy{};
    std::optional<WorkloadIdentity> identity{};

    friend bool operator==(const ExecutionCellSpec&, const ExecutionCellSpec&) = default;
};

/// The whole document. A default-constructed one already has the only valid version and kind.
struct ExecutionCellDocument {
    std::string api_version = "cellos.io/v1";
    std::string kind = "ExecutionCell";
    ExecutionCellSpec spec{};

    friend bool operator==(const ExecutionCellDocument&, const ExecutionCellDocument&) = default;
};

} // namespace cellos::inline CELLOS_ABI
