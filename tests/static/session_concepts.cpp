// Which types are backends with sessions. Nothing here runs: that it compiles is the test.

#include <cellos/core/command.hpp>
#include <cellos/core/explain.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/session_concepts.hpp>
#include <cellos/core/session_context.hpp>
#include <cellos/host/gvisor.hpp>
#include <cellos/host/prewarmed.hpp>
#include <cellos/host/stub.hpp>

#include <chrono>
#include <optional>
#include <stop_token>

using namespace cellos;

namespace {

using Clock = std::chrono::steady_clock;
using Waited = Result<std::optional<CommandEnd>>;

// What the concepts ask for and nothing more.
struct RunningArchetype {
    RunningArchetype(RunningArchetype&&) noexcept;
    RunningArchetype& operator=(RunningArchetype&&) noexcept;
    Waited wait(Clock::time_point until, const std::stop_token& stop);
    void signal(int number);
};
static_assert(SessionProcess<RunningArchetype>);

struct SessionArchetype {
    SessionArchetype(SessionArchetype&&) noexcept;
    SessionArchetype& operator=(SessionArchetype&&) noexcept;
    Result<RunningArchetype> start(const CommandContext& context);
    void end() noexcept;
};
static_assert(CommandSession<SessionArchetype>);

struct Backend {
    static constexpr std::string_view name = "archetype";
    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<TeardownReport> destroy(const CellHandle&);
};
static_assert(!CommandSessions<Backend> && Supervisable<Backend>, "sessions are a choice");

struct BackendArchetype : Backend {
    Result<SessionArchetype> open_session(const CellHandle&, SessionContext&);
};
static_assert(CommandSessions<BackendArchetype>);
static_assert(CommandSessions<BackendArchetype&>, "std::ref shares it");
static_assert(!InCellExecution<BackendArchetype>, "which is another choice");
static_assert(Supervisable<BackendArchetype>);

// Each requirement taken away.
struct WaitsForEver : RunningArchetype {
    Waited wait(const std::stop_token& stop);
};
static_assert(!SessionProcess<WaitsForEver>);
struct TellsStatusOnly : RunningArchetype {
    Result<std::optional<ExitStatus>> wait(Clock::time_point until, const std::stop_token& stop);
};
static_assert(!SessionProcess<TellsStatusOnly>);
struct Unsignalled {
    Waited wait(Clock::time_point until, const std::stop_token& stop);
};
static_assert(!SessionProcess<Unsignalled>);
struct Immovable : RunningArchetype {
    Immovable(Immovable&&) = delete;
};
static_assert(!SessionProcess<Immovable>);

template <class Started>
struct SessionOf {
    Started start(const CommandContext& context);
    void end() noexcept;
};
static_assert(CommandSession<SessionOf<Result<RunningArchetype>>>);
static_assert(!CommandSession<SessionOf<RunningArchetype>>, "it must say why not");
static_assert(!CommandSession<SessionOf<Result<Unsignalled>>>);
static_assert(!CommandSession<SessionOf<Result<int>>>);
struct Endless {
    Result<RunningArchetype> start(const CommandContext& context);
};
static_assert(!CommandSession<Endless>);
struct EndThrows : Endless {
    void end();
};
static_assert(!CommandSession<EndThrows>);

// Near misses are errors, and not backends without sessions.
template <class Opened>
struct Opening : Backend {
    Opened open_session(const CellHandle&, SessionContext&);
};
static_assert(Supervisable<Opening<Result<SessionArchetype>>>);
static_assert(!Supervisable<Opening<SessionArchetype>>);
static_assert(!Supervisable<Opening<Result<Endless>>>);
struct OpeningByTemplate : Backend {
    template <class T>
    Result<SessionArchetype> open_session(const T&, SessionContext&, int);
};
static_assert(!Supervisable<OpeningByTemplate>);
template <class Inner>
struct Forgetful : Backend {};
static_assert(!Supervisable<Forgetful<BackendArchetype>>);
static_assert(Supervisable<Forgetful<Backend>>);

static_assert(CommandSessions<GVisorCellBackend>);
static_assert(CommandSessions<Prewarmed<GVisorCellBackend>>);
static_assert(CommandSessions<Prewarmed<GVisorCellBackend&>>);
static_assert(!CommandSessions<StubCellBackend>, "a supervisor has them on the host");

} // namespace
