// EXPECT: B::argv_bounds must be a constant: static constexpr ArgvBounds argv_bounds
#include "../case.hpp"

struct Backend {
    static constexpr std::string_view name = "mine";
#ifdef VIOLATION
    cellos::ArgvBounds argv_bounds{.argument = 4096};
#else
    static constexpr cellos::ArgvBounds argv_bounds{.argument = 4096};
#endif
    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<TeardownReport> destroy(const CellHandle&);
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.run(document);
}
