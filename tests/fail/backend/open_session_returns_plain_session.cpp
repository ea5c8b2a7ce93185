// EXPECT: B has a member called open_session that does not fit; it must be one public open_session(const CellHandle&, SessionContext&) -> Result<Session>
#include "../case.hpp"

struct Backend : Executing {
#ifdef VIOLATION
    Opened open_session(const CellHandle&, SessionContext&);
#else
    Result<Opened> open_session(const CellHandle&, SessionContext&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.open(document);
}
