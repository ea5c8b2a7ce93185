// EXPECT: B must have shape_of(const ExecutionCellDocument&) -> Result<std::string>
#include "../case.hpp"

struct Backend {
    static constexpr std::string_view name = "mine";
    using WarmSandbox = Waiting;

    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<ExitStatus> execute(const CellHandle&, const RunContext&);
    Result<TeardownReport> destroy(const CellHandle&);
#ifdef VIOLATION
    std::string shape_of(const ExecutionCellDocument&);
#else
    Result<std::string> shape_of(const ExecutionCellDocument&);
#endif
    Result<WarmSandbox> boot_warm(const ExecutionCellDocument&, const PoolOptions&, BootPace);
    Result<CellHandle> create_from(WarmSandbox&, const ExecutionCellDocument&);
};

auto use(const ExecutionCellDocument& document) {
    cellos::Prewarmed pool{Backend{}, PoolOptions{.size = 2}};
    cellos::Supervisor supervisor{std::ref(pool)};
    return supervisor.run(document);
}
