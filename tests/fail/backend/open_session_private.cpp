// EXPECT: B has a member called open_session that does not fit; it must be one public open_session(const CellHandle&, SessionContext&) -> Result<Session>
#include "../case.hpp"

struct Backend : Executing {
#ifdef VIOLATION
private:
#endif
    Result<Opened> open_session(const CellHandle&, SessionContext&);
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.open(document);
}
