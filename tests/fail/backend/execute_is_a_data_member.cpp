// EXPECT: B has a member called execute that does not fit; it must be one public execute(const CellHandle&, const RunContext&) -> Result<ExitStatus>
#include "../case.hpp"

struct Backend {
    static constexpr std::string_view name = "mine";
    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<TeardownReport> destroy(const CellHandle&);
#ifdef VIOLATION
    bool execute = false;
#else
    Result<ExitStatus> execute(const CellHandle&, const RunContext&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.run(document);
}
