// EXPECT: the session of B must have start(const CommandContext&) -> Result<Process>
#include "../case.hpp"

struct Session {
#ifndef VIOLATION
    Result<Running> start(const CommandContext&);
#endif
    void end() noexcept;
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Opening<Session>{}}.open(document);
}
