// EXPECT: B must have boot_warm(const ExecutionCellDocument&, const PoolOptions&, BootPace) -> Result<WarmSandbox>
#include "../case.hpp"

struct Backend {
    static constexpr std::string_view name = "mine";
    using WarmSandbox = Waiting;

    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<ExitStatus> execute(const CellHandle&, const RunContext&);
    Result<TeardownReport> destroy(const CellHandle&);
    Result<std::string> shape_of(const ExecutionCellDocument&);
#ifdef VIOLATION
    Result<WarmSandbox> boot_warm(const ExecutionCellDocument&, const PoolOptions&);
#else
    Result<WarmSandbox> boot_warm(const ExecutionCellDocument&, const PoolOptions&, BootPace);
#endif
    Result<CellHandle> create_from(WarmSandbox&, const ExecutionCellDocument&);
};

auto use(Backend& backend, const ExecutionCellDocument& document) {
    cellos::Prewarmed pool{std::ref(backend)};
    cellos::Supervisor supervisor{std::move(pool)};
    return supervisor.run(document);
}
