// EXPECT: B has no sessions: it must have open_session(const CellHandle&, SessionContext&) -> Result<Session> (see cellos/core/session_concepts.hpp), or declare runs_on_host
#include "../case.hpp"

struct Running {
    Result<std::optional<CommandEnd>> wait(Clock::time_point until, const std::stop_token& stop);
    void signal(int number);
};

struct Opened {
    Result<Running> start(const CommandContext&);
    void end() noexcept;
};

struct Backend {
    static constexpr std::string_view name = "mine";
    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<TeardownReport> destroy(const CellHandle&);
    Result<ExitStatus> execute(const CellHandle&, const RunContext&);
#ifndef VIOLATION
    Result<Opened> open_session(const CellHandle&, SessionContext&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.open(document);
}
