// EXPECT: B must be movable, or passed by std::ref
#include "../case.hpp"

struct Backend {
    static constexpr std::string_view name = "mine";
    using WarmSandbox = Waiting;

    Backend();
#ifdef VIOLATION
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;
#endif
    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<ExitStatus> execute(const CellHandle&, const RunContext&);
    Result<TeardownReport> destroy(const CellHandle&);
    Result<std::string> shape_of(const ExecutionCellDocument&);
    Result<WarmSandbox> boot_warm(const ExecutionCellDocument&, const PoolOptions&, BootPace);
    Result<CellHandle> create_from(WarmSandbox&, const ExecutionCellDocument&);
};

auto use(Backend& backend, const ExecutionCellDocument& document) {
    cellos::Prewarmed pool{backend, PoolOptions{.size = 2}};
    cellos::Supervisor supervisor{std::ref(pool)};
    return supervisor.run(document);
}
