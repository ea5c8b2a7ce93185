// EXPECT: B has a member called execute that does not fit; it must be one public execute(const CellHandle&, const RunContext&) -> Result<ExitStatus>
#include "../case.hpp"

// A decorator by private inheritance is caught even though it is no template.
struct Inner : StubCellBackend {
    Result<ExitStatus> execute(const CellHandle&, const RunContext&);
};

struct Backend : private Inner {
    using Inner::create;
    using Inner::destroy;
    using Inner::name;
#ifndef VIOLATION
    using Inner::execute;
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.run(document);
}
