// EXPECT: the session of B must have end() noexcept
#include "../case.hpp"

struct Session {
    Result<Running> start(const CommandContext&);
#ifdef VIOLATION
    void end();
#else
    void end() noexcept;
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Opening<Session>{}}.open(document);
}
