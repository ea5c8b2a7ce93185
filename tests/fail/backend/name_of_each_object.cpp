// EXPECT: B::name must be a compile-time constant: static constexpr std::string_view name
#include "../case.hpp"

struct Backend {
#ifdef VIOLATION
    std::string_view name = "mine";
#else
    static constexpr std::string_view name = "mine";
#endif
    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<TeardownReport> destroy(const CellHandle&);
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.run(document);
}
