#pragma once

#include <cellos/core/fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// Why something was refused or failed. `message` is for people: it says what to do, may span
/// several lines (one per violation), and never holds a secret or the value of an environment
/// variable.
struct CellosError {
    enum class Kind : std::uint8_t {
        InvalidSpec,          ///< the document breaks a rule of its schema
        ArgvTooLarge,         ///< `spec.run.argv` does not fit every backend
        Unsupported,          ///< the backend cannot enforce what the document asks for
        Host,                 ///< the host lacks something, or a system call failed
        SandboxFailed,        ///< the isolation itself failed; nothing is known of the workload
        EventSink,            ///< an event could not be delivered
        SecretBroker,         ///< a secret could not be resolved or revoked
        ExportSink,           ///< an artifact could not be exported
        CommandNotFound,      ///< `argv[0]` does not exist in the cell (a shell's 127)
        CommandNotExecutable, ///< `argv[0]` exists but cannot be executed (a shell's 126)
        Cancelled,            ///< the stop token was triggered before there was a cell
        UnknownCell, ///< the backend tracks no such cell: destroyed before, or made by another
        TeardownIncomplete, ///< something of the cell is still there
    };

    Kind kind = Kind::Host;
    std::string message{};

    /// The message with the kind of the failure in front: "invalid cell specification: …".
    [[nodiscard]] CELLOS_DECL std::string what() const;

    friend bool operator==(const CellosError&, const CellosError&) = default;
};

/// What a kind is called in messages.
[[nodiscard]] constexpr std::string_view to_string(CellosError::Kind kind) noexcept {
    switch (kind) {
        using enum CellosError::Kind;
    case InvalidSpec: return "invalid cell specification";
    case ArgvTooLarge: return "argv too large";
    case Unsupported: return "not supported";
    case Host: return "host error";
    case SandboxFailed: return "sandbox failed";
    case EventSink: return "event sink error";
    case SecretBroker: return "secret broker error";
    case ExportSink: return "export sink error";
    case CommandNotFound: return "command not found";
    case CommandNotExecutable: return "command not executable";
    case Cancelled: return "cancelled";
    case UnknownCell: return "unknown cell";
    case TeardownIncomplete: return "tear-down incomplete";
    }
    return "unknown error";
}

/// The kind as reports and events write it: `invalidSpec`, `argvTooLarge`, …
[[nodiscard]] constexpr std::string_view identifier(CellosError::Kind kind) noexcept {
    switch (kind) {
        using enum CellosError::Kind;
    case InvalidSpec: return "invalidSpec";
    case ArgvTooLarge: return "argvTooLarge";
    case Unsupported: return "unsupported";
    case Host: return "host";
    case SandboxFailed: return "sandboxFailed";
    case EventSink: return "eventSink";
    case SecretBroker: return "secretBroker";
    case ExportSink: return "exportSink";
    case CommandNotFound: return "commandNotFound";
    case CommandNotExecutable: return "commandNotExecutable";
    case Cancelled: return "cancelled";
    case TeardownIncomplete: return "teardownIncomplete";
    case UnknownCell: return "unknownCell";
    }
    return "unknown";
}

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/core/error.ipp>
#endif
