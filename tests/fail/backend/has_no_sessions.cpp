// EXPECT: B has no sessions: it must have open_session(const CellHandle&, SessionContext&) -> Result<Session> (see cellos/core/session_concepts.hpp), or declare runs_on_host
#include "../case.hpp"

struct Backend : Executing {
#ifndef VIOLATION
    Result<Opened> open_session(const CellHandle&, SessionContext&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.open(document);
}
