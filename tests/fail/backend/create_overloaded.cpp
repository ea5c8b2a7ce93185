// EXPECT: B must have create(const ExecutionCellDocument&) -> Result<CellHandle>
#include "../case.hpp"

struct Backend {
    static constexpr std::string_view name = "mine";
#ifdef VIOLATION
    Result<CellHandle> create(std::string_view);
    Result<CellHandle> create(const CellHandle&);
#else
    Result<CellHandle> create(const ExecutionCellDocument&);
#endif
    Result<TeardownReport> destroy(const CellHandle&);
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.run(document);
}
