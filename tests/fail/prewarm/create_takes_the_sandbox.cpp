// EXPECT: B must have create_from(WarmSandbox&, const ExecutionCellDocument&) -> Result<CellHandle>
#include "../case.hpp"

struct Backend {
    static constexpr std::string_view name = "mine";
    using WarmSandbox = Waiting;

    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<ExitStatus> execute(const CellHandle&, const RunContext&);
    Result<TeardownReport> destroy(const CellHandle&);
    Result<std::string> shape_of(const ExecutionCellDocument&);
    Result<WarmSandbox> boot_warm(const ExecutionCellDocument&, const PoolOptions&, BootPace);
#ifdef VIOLATION
    Result<CellHandle> create_from(WarmSandbox&&, const ExecutionCellDocument&);
#else
    Result<CellHandle> create_from(WarmSandbox&, const ExecutionCellDocument&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    cellos::Prewarmed pool{Backend{}, PoolOptions{.size = 2}};
    cellos::Supervisor supervisor{std::ref(pool)};
    return supervisor.run(document);
}
