#pragma once

#include <cellos/core/enum_names.hpp>
#include <cellos/core/fwd.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// Why something was refused or failed. `message` is for people: it says what to do, may have
/// several lines (one per violation), and never contains a secret or the value of an environment
/// variable.
struct CellosError {
    enum class Kind : std::uint8_t {
        InvalidSpec,          ///< the document breaks a rule of its schema
        ArgvTooLarge,         ///< `spec.run.argv` is longer than its backend takes
        Unsupported,          ///< the backend cannot enforce what the document asks for
        Host,                 ///< the host lacks something, or a system call failed
        SandboxFailed,        ///< the sandbox itself failed; how the workload ended is unknown
        EventSink,            ///< an event could not be delivered
        SecretBroker,         ///< a secret could not be resolved or revoked
        ExportSink,           ///< an artifact could not be exported
        CommandNotFound,      ///< `argv[0]` does not exist in the cell (a shell's 127)
        CommandNotExecutable, ///< `argv[0]` exists but cannot be executed (a shell's 126)
        Cancelled,            ///< a stop was requested before the cell was created
        UnknownCell,        ///< the backend has no such cell: already destroyed, or made by another
                            ///< backend
        TeardownIncomplete, ///< some part of the cell still exists
        PolicyRefused,      ///< the admission policy does not allow the document
        TooManyCells,       ///< the operator's ceiling on cells at once is reached: try again later
    };

    Kind kind = Kind::Host;
    std::string message{};

    /// The message, preceded by the kind: "invalid cell specification: …". Fit for a terminal: what
    /// it would obey is shown as `\xNN`, as visible() has it, but newlines.
    [[nodiscard]] CELLOS_DECL std::string what() const;

    friend bool operator==(const CellosError&, const CellosError&) = default;
};

/// The two names of a kind.
struct ErrorKindName {
    CellosError::Kind value{};
    std::string_view name{};        ///< in reports and events
    std::string_view in_messages{}; ///< for people
};

template <>
inline constexpr auto enum_names<CellosError::Kind> = std::to_array<ErrorKindName>({
    {CellosError::Kind::InvalidSpec, "invalidSpec", "invalid cell specification"},
    {CellosError::Kind::ArgvTooLarge, "argvTooLarge", "argv too large"},
    {CellosError::Kind::Unsupported, "unsupported", "not supported"},
    {CellosError::Kind::Host, "host", "host error"},
    {CellosError::Kind::SandboxFailed, "sandboxFailed", "sandbox failed"},
    {CellosError::Kind::EventSink, "eventSink", "event sink error"},
    {CellosError::Kind::SecretBroker, "secretBroker", "secret broker error"},
    {CellosError::Kind::ExportSink, "exportSink", "export sink error"},
    {CellosError::Kind::CommandNotFound, "commandNotFound", "command not found"},
    {CellosError::Kind::CommandNotExecutable, "commandNotExecutable", "command not executable"},
    {CellosError::Kind::Cancelled, "cancelled", "cancelled"},
    {CellosError::Kind::UnknownCell, "unknownCell", "unknown cell"},
    {CellosError::Kind::TeardownIncomplete, "teardownIncomplete", "tear-down incomplete"},
    {CellosError::Kind::PolicyRefused, "policyRefused", "refused by policy"},
    {CellosError::Kind::TooManyCells, "tooManyCells", "too many cells"},
});
static_assert(detail::has_names_for_all<CellosError::Kind>());

/// The name of a kind in messages.
[[nodiscard]] constexpr std::string_view to_string(CellosError::Kind kind) noexcept {
    constexpr auto& names = enum_names<CellosError::Kind>;
    const auto index = static_cast<std::size_t>(kind);
    return index < names.size() ? names[index].in_messages : "unknown error";
}

/// The name of a kind in reports and events: `invalidSpec`, `argvTooLarge`, …
[[nodiscard]] constexpr std::string_view identifier(CellosError::Kind kind) noexcept {
    return detail::name_of(kind, "unknown");
}

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/core/error.ipp>
#endif
