// EXPECT: B has a member called open_session that does not fit; it must be one public open_session(const CellHandle&, SessionContext&) -> Result<Session>
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
#ifdef VIOLATION
private:
#endif
    Result<Opened> open_session(const CellHandle&, SessionContext&);
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.open(document);
}
