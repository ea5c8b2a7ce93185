// EXPECT: the process of B's session must have wait(std::chrono::steady_clock::time_point, const std::stop_token&) -> Result<std::optional<CommandEnd>>
#include "../case.hpp"

struct Running {
#ifdef VIOLATION
    Result<ExitStatus> wait(Clock::time_point until, const std::stop_token& stop);
#else
    Result<std::optional<CommandEnd>> wait(Clock::time_point until, const std::stop_token& stop);
#endif
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
    Result<Opened> open_session(const CellHandle&, SessionContext&);
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.open(document);
}
