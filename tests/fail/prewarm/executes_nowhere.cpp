// EXPECT: the first argument of Prewarmed must be a backend that executes in its cells, or std::ref of one; B is none
#include "../case.hpp"

struct Backend {
    static constexpr std::string_view name = "mine";
    using WarmSandbox = Waiting;

    Result<CellHandle> create(const ExecutionCellDocument&);
#ifndef VIOLATION
    Result<ExitStatus> execute(const CellHandle&, const RunContext&);
#endif
    Result<TeardownReport> destroy(const CellHandle&);
    Result<std::string> shape_of(const ExecutionCellDocument&);
    Result<WarmSandbox> boot_warm(const ExecutionCellDocument&, const PoolOptions&, BootPace);
    Result<CellHandle> create_from(WarmSandbox&, const ExecutionCellDocument&);
};

auto use(const ExecutionCellDocument& document) {
    cellos::Prewarmed pool{Backend{}, PoolOptions{.size = 2}};
    cellos::Supervisor supervisor{std::ref(pool)};
    return supervisor.run(document);
}
