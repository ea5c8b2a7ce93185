// What the cases share: the doors that a program would include, and names for what they use.
// Guarded by a macro, since the compiled copy of it is another file.
#ifndef CELLOS_TESTS_FAIL_CASE_HPP
#define CELLOS_TESTS_FAIL_CASE_HPP

// Declarations are enough, and bodies would be paid for by each case.
#define CELLOS_SEPARATE_COMPILATION

#include <cellos/host/prewarmed.hpp>
#include <cellos/host/stub.hpp>
#include <cellos/supervisor.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <poll.h>

using cellos::ArtifactReader;
using cellos::BootPace;
using cellos::CellHandle;
using cellos::CellRef;
using cellos::CloudEvent;
using cellos::CommandContext;
using cellos::CommandEnd;
using cellos::ExecutionCellDocument;
using cellos::ExitStatus;
using cellos::ExportArtifactMetadata;
using cellos::ExportReceipt;
using cellos::PolicyDecision;
using cellos::PoolOptions;
using cellos::Result;
using cellos::RunContext;
using cellos::Secret;
using cellos::SessionContext;
using cellos::StubCellBackend;
using cellos::TeardownReport;

using Clock = std::chrono::steady_clock;

/// An object of any type, for sources that are never run.
template <class T>
T& object();

/// A sandbox that waits, as Prewarmed wants it.
struct Waiting {
    std::array<pollfd, 1> waited() const;
    Result<bool> is_ready();
    std::optional<std::uint64_t> memory_bytes() const;
};

/// A backend that executes, to be given more.
struct Executing {
    static constexpr std::string_view name = "mine";
    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<TeardownReport> destroy(const CellHandle&);
    Result<ExitStatus> execute(const CellHandle&, const RunContext&);
};

/// A command of a session, a session of such commands, and a backend with such sessions.
struct Running {
    Result<std::optional<CommandEnd>> wait(Clock::time_point until, const std::stop_token& stop);
    void signal(int number);
};

template <class Process>
struct OpenedOf {
    Result<Process> start(const CommandContext&);
    void end() noexcept;
};
using Opened = OpenedOf<Running>;

template <class Session>
struct Opening : Executing {
    Result<Session> open_session(const CellHandle&, SessionContext&);
};

/// What the steps of a cell stand for, in cases about their order.
struct Life {
    bool admit();
    bool create();
    bool secrets();
    void started();
    bool open();
    void run();
    void export_();
    void destroy();
    void revoke();
    void destroyed();
};

using cellos::CellState;

template <CellState S>
using Cell = cellos::detail::Cell<Life, S>;

#endif
