// EXPECT: the session of B must have end() noexcept
#include "../case.hpp"

struct Running {
    Result<std::optional<CommandEnd>> wait(Clock::time_point until, const std::stop_token& stop);
    void signal(int number);
};

struct Opened {
    Result<Running> start(const CommandContext&);
#ifndef VIOLATION
    void end() noexcept;
#endif
};

struct Backend {
    static constexpr std::string_view name = "mine";
    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<TeardownReport> destroy(const CellHandle&);
    Result<ExitStatus> execute(const CellHandle&, const RunContext&);
    Result<Opened> open_session(const CellHandle&, SessionContext&);
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.open(document);
}
