// EXPECT: B has a member called execute that does not fit; it must be one public execute(const CellHandle&, const RunContext&) -> Result<ExitStatus>
#include "../case.hpp"

class Backend {
#ifndef VIOLATION
public:
#endif
    Result<ExitStatus> execute(const CellHandle&, const RunContext&);

public:
    static constexpr std::string_view name = "mine";
    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<TeardownReport> destroy(const CellHandle&);
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.run(document);
}
