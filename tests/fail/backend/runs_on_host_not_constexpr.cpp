// EXPECT: B::runs_on_host must be a compile-time constant: static constexpr bool runs_on_host
#include "../case.hpp"

struct Backend {
    static constexpr std::string_view name = "mine";
#ifdef VIOLATION
    bool runs_on_host = true;
#else
    static constexpr bool runs_on_host = true;
#endif
    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<TeardownReport> destroy(const CellHandle&);
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.run(document);
}
