// EXPECT: B must have destroy(const CellHandle&) -> Result<TeardownReport>
#include "../case.hpp"

struct Backend {
    static constexpr std::string_view name = "mine";
    Result<CellHandle> create(const ExecutionCellDocument&);
#ifndef VIOLATION
    Result<TeardownReport> destroy(const CellHandle&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.run(document);
}
