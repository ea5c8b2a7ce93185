// EXPECT: the session of B and its process must be movable
#include "../case.hpp"

struct Session {
#ifdef VIOLATION
    Session(const Session&) = delete;
#endif
    Result<Running> start(const CommandContext&);
    void end() noexcept;
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Opening<Session>{}}.open(document);
}
