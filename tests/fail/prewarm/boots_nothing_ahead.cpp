// EXPECT: B boots no sandboxes ahead of their cells: it has no type WarmSandbox (see cellos/host/prewarm/concepts.hpp)
#include "../case.hpp"

struct Backend {
    static constexpr std::string_view name = "mine";
#ifndef VIOLATION
    using WarmSandbox = Waiting;
#endif

    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<ExitStatus> execute(const CellHandle&, const RunContext&);
    Result<TeardownReport> destroy(const CellHandle&);
    Result<std::string> shape_of(const ExecutionCellDocument&);
    Result<Waiting> boot_warm(const ExecutionCellDocument&, const PoolOptions&, BootPace);
    Result<CellHandle> create_from(Waiting&, const ExecutionCellDocument&);
};

auto use(const ExecutionCellDocument& document) {
    cellos::Prewarmed pool{Backend{}, PoolOptions{.size = 2}};
    cellos::Supervisor supervisor{std::ref(pool)};
    return supervisor.run(document);
}
