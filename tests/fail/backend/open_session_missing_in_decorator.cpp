// EXPECT: B decorates a backend with sessions and must forward open_session(const CellHandle&, SessionContext&) -> Result<Session>
#include "../case.hpp"

// Without the rung, the sessions of a sandbox would be lost.
template <class Inner>
struct Logging : Executing {
#ifndef VIOLATION
    Result<Opened> open_session(const CellHandle& cell, SessionContext& context) {
        return inner.open_session(cell, context);
    }
#endif
    Inner inner{};
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Logging<Opening<Opened>>{}}.run(document);
}
