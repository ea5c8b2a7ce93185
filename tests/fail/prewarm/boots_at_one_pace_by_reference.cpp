// EXPECT: B must have boot_spare(const ExecutionCellDocument&, const PoolOptions&, BootPace) -> Result<Spare>
#include "../case.hpp"

struct Backend {
    static constexpr std::string_view name = "mine";
    using Spare = Sandbox;

    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<ExitStatus> execute(const CellHandle&, const RunContext&);
    Result<TeardownReport> destroy(const CellHandle&);
    Result<std::string> shape_of(const ExecutionCellDocument&);
#ifdef VIOLATION
    Result<Spare> boot_spare(const ExecutionCellDocument&, const PoolOptions&);
#else
    Result<Spare> boot_spare(const ExecutionCellDocument&, const PoolOptions&, BootPace);
#endif
    Result<CellHandle> create_from(Spare&, const ExecutionCellDocument&);
};

auto use(Backend& backend, const ExecutionCellDocument& document) {
    cellos::Prewarmed pool{std::ref(backend)};
    cellos::Supervisor supervisor{std::move(pool)};
    return supervisor.run(document);
}
