// EXPECT: B decorates a backend with sessions and must forward open_session(const CellHandle&, SessionContext&) -> Result<Session>
#include "../case.hpp"

// Without the rung, the sessions of a sandbox would be lost.
struct Running {
    Result<std::optional<CommandEnd>> wait(Clock::time_point until, const std::stop_token& stop);
    void signal(int number);
};

struct Opened {
    Result<Running> start(const CommandContext&);
    void end() noexcept;
};

struct Sandbox {
    static constexpr std::string_view name = "mine";
    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<TeardownReport> destroy(const CellHandle&);
    Result<ExitStatus> execute(const CellHandle&, const RunContext&);
    Result<Opened> open_session(const CellHandle&, SessionContext&);
};

template <class Inner>
class Logging {
public:
    static constexpr std::string_view name = Inner::name;
    Result<CellHandle> create(const ExecutionCellDocument& document) {
        return inner_.create(document);
    }
    Result<TeardownReport> destroy(const CellHandle& cell) { return inner_.destroy(cell); }
    Result<ExitStatus> execute(const CellHandle& cell, const RunContext& context) {
        return inner_.execute(cell, context);
    }
#ifndef VIOLATION
    Result<Opened> open_session(const CellHandle& cell, SessionContext& context) {
        return inner_.open_session(cell, context);
    }
#endif

private:
    Inner inner_{};
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Logging<Sandbox>{}}.run(document);
}
