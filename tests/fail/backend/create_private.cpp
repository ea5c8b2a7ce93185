// EXPECT: B must have create(const ExecutionCellDocument&) -> Result<CellHandle>
#include "../case.hpp"

class Backend {
#ifndef VIOLATION
public:
#endif
    Result<CellHandle> create(const ExecutionCellDocument&);

public:
    static constexpr std::string_view name = "mine";
    Result<TeardownReport> destroy(const CellHandle&);
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.run(document);
}
