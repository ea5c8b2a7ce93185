// EXPECT: B must have a name: static constexpr std::string_view name
#include "../case.hpp"

struct Backend {
#ifndef VIOLATION
    static constexpr std::string_view name = "mine";
#endif
    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<TeardownReport> destroy(const CellHandle&);
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.run(document);
}
