// EXPECT: B::destroy takes CellHandle&; it must be destroy(const CellHandle&) -> Result<TeardownReport>
#include "../case.hpp"

struct Backend {
    static constexpr std::string_view name = "mine";
    Result<CellHandle> create(const ExecutionCellDocument&);
#ifdef VIOLATION
    Result<TeardownReport> destroy(CellHandle&);
#else
    Result<TeardownReport> destroy(const CellHandle&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.run(document);
}
