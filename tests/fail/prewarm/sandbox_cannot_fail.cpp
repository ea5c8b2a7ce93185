// EXPECT: B::WarmSandbox must be movable and have waited() -> a range of pollfd, is_ready() -> Result<bool> and memory_bytes() const -> std::optional<std::uint64_t>
#include "../case.hpp"

struct Confident : Waiting {
#ifdef VIOLATION
    bool is_ready();
#endif
};

struct Backend {
    static constexpr std::string_view name = "mine";
    using WarmSandbox = Confident;

    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<ExitStatus> execute(const CellHandle&, const RunContext&);
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
