// EXPECT: B runs on the host and must not be final: a hidden execute could not be told from none
#include "../case.hpp"

#ifdef VIOLATION
struct Backend final {
#else
struct Backend {
#endif
    static constexpr std::string_view name = "mine";
    static constexpr bool runs_on_host = true;
    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<TeardownReport> destroy(const CellHandle&);
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.run(document);
}
