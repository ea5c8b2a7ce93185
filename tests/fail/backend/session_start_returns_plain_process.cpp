// EXPECT: the session of B must have start(const CommandContext&) -> Result<Process>
#include "../case.hpp"

struct Running {
    Result<std::optional<CommandEnd>> wait(Clock::time_point until, const std::stop_token& stop);
    void signal(int number);
};

struct Opened {
#ifdef VIOLATION
    Running start(const CommandContext&);
#else
    Result<Running> start(const CommandContext&);
#endif
    void end() noexcept;
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
