#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/enum_names.hpp>
#include <cellos/core/policy_decision.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// A policy as data: what documents may ask for, by an operator who does not write them. Plain
/// aggregates, to be built in C++ or read from JSON (<cellos/policy/parse_pack.hpp>).

namespace cellos::inline CELLOS_ABI {

/// A limit of `spec.run`.
enum class RunLimit : std::uint8_t {
    TimeoutMs,
    MemoryMaxBytes,
    CpuMax,
    MaxProcesses,
    MaxOpenFiles,
    MaxFileBytes,
    ScratchBytes,
    MaxOutputBytes,
    CpuTimeMs,
    StackBytes
};

template <>
inline constexpr auto enum_names<RunLimit> = std::to_array<EnumName<RunLimit>>({
    {RunLimit::TimeoutMs, "timeoutMs"},
    {RunLimit::MemoryMaxBytes, "memoryMaxBytes"},
    {RunLimit::CpuMax, "cpuMax"},
    {RunLimit::MaxProcesses, "maxProcesses"},
    {RunLimit::MaxOpenFiles, "maxOpenFiles"},
    {RunLimit::MaxFileBytes, "maxFileBytes"},
    {RunLimit::ScratchBytes, "scratchBytes"},
    {RunLimit::MaxOutputBytes, "maxOutputBytes"},
    {RunLimit::CpuTimeMs, "cpuTimeMs"},
    {RunLimit::StackBytes, "stackBytes"},
});
static_assert(detail::has_names_for_all<RunLimit>());

/// What a pack allows. A bound that is absent is none, and one that is set must be met: a document
/// that says nothing asks for more than any bound. A list allows what it holds and nothing else;
/// one that is absent is empty.
struct PolicyRules {
    std::optional<std::int64_t> max_ttl_seconds{};  ///< of `spec.lifetime.ttlSeconds`
    std::optional<std::int64_t> max_timeout_ms{};   ///< of `spec.run.timeoutMs`
    std::optional<std::int64_t> max_memory_bytes{}; ///< of `spec.run.limits.memoryMaxBytes`
    std::vector<RunLimit> required_limits{};        ///< a document that runs something has all
    /// Destinations; a host may be `*.name`, which stands for every name that ends in `.name`. An
    /// address or block is allowed where it is written alike, or lies in a block of the list.
    std::vector<EgressRule> allowed_egress{};
    /// Names of secrets. Here and in `allowed_exports`, `X*` stands for all names that begin with
    /// X.
    std::vector<std::string> allowed_secrets{};
    /// `argv[0]` as the document has it; `*` alone stands for any. This says what is started first,
    /// not what that may start. A document that sets `PATH` cannot use a name without a slash.
    std::vector<std::string> allowed_programs{};
    /// Names of artifacts.
    std::vector<std::string> allowed_exports{};
    /// Documents with secrets have `secretDelivery` `file`.
    std::optional<bool> require_file_delivery{};

    friend bool operator==(const PolicyRules&, const PolicyRules&) = default;
};

/// An admission policy that holds every document against the rules of one pack. Documents that name
/// a pack must name this one, in this version; those that name none are held to it all the same.
/// Thread-safe as long as nobody changes it.
///
///     auto pack = parse_policy_pack(text);
///     if (!pack) return pack.error().what();
///     Supervisor supervisor{GVisorCellBackend{}, *std::move(pack)};
struct PolicyPack {
    static constexpr std::string_view name = "pack";

    std::string id{};
    std::string version{};
    PolicyRules rules{};

    /// All that the pack does not allow in `document`, which must be valid. Never an error.
    [[nodiscard]] CELLOS_DECL Result<PolicyDecision> decide(const ExecutionCellDocument& document
    ) const;

    friend bool operator==(const PolicyPack&, const PolicyPack&) = default;
};

static_assert(AdmissionPolicy<PolicyPack>);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/policy/pack.ipp>
#endif
