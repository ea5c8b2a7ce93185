#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/exit_status.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/session_context.hpp>
#include <cellos/core/usage.hpp>
#include <cellos/supervisor/session_driver.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI::detail {

/// What a session has added to the report of its cell.
struct SessionOutcome {
    std::size_t commands = 0;
    ResourceUsage usage{};
    /// Why it ended, if not by its owner.
    std::optional<ExitStatus::Kind> ended_by{};
};

/// The life of a session's cell as Session sees it, whatever the types of backend and ports are.
class CELLOS_POLYMORPHIC SessionHost {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    SessionHost() = default;
    SessionHost(const SessionHost&) = delete;
    SessionHost& operator=(const SessionHost&) = delete;
    virtual ~SessionHost() = default;

    [[nodiscard]] virtual const ExecutionCellDocument& document() const noexcept = 0;
    /// The end of its TTL.
    [[nodiscard]] virtual TimePoint ttl_end() const noexcept = 0;

    /// Whether a command may run; see document_for(). From any thread.
    [[nodiscard]] virtual Result<void> admit(const ExecutionCellDocument& command) = 0;
    /// CommandSession::start. From any thread.
    [[nodiscard]] virtual Result<std::unique_ptr<ProcessDriver>> start(const CommandContext& context
    ) = 0;
    /// CommandSession::end. From any thread.
    virtual void end() noexcept = 0;

    /// Emit the events of a command. By one thread at a time.
    virtual void spawned(const std::string& command_id, const std::vector<std::string>& argv) = 0;
    virtual void completed(
        const std::string& command_id,
        const Result<ExitStatus>& end,
        const std::optional<ResourceUsage>& usage
    ) = 0;

    /// Goes the rest of the way, to the proof that the cell is gone. To be called once, when
    /// nothing else is or will be.
    [[nodiscard]] virtual Result<CellReport> close(const SessionOutcome& outcome) = 0;
};

} // namespace cellos::inline CELLOS_ABI::detail
