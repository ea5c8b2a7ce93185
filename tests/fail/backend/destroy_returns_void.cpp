// EXPECT: B must have destroy(const CellHandle&) -> Result<TeardownReport>
#include "../case.hpp"

struct Backend {
    static constexpr std::string_view name = "mine";
    Result<CellHandle> create(const ExecutionCellDocument&);
#ifdef VIOLATION
    void destroy(const CellHandle&);
#else
    Result<TeardownReport> destroy(const CellHandle&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.run(document);
}
