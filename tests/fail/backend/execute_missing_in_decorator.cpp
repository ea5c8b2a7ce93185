// EXPECT: B decorates a backend that executes in the cell and must forward execute(const CellHandle&, const RunContext&) -> Result<ExitStatus>
#include "../case.hpp"

// Without the rung, the workload of a sandbox would run on the host.
struct Sandbox : StubCellBackend {
    Result<ExitStatus> execute(const CellHandle&, const RunContext&);
};

template <class Inner>
class Logging {
public:
    static constexpr std::string_view name = Inner::name;
    static constexpr bool runs_on_host = true;
    Result<CellHandle> create(const ExecutionCellDocument& document) {
        return inner_.create(document);
    }
    Result<TeardownReport> destroy(const CellHandle& cell) { return inner_.destroy(cell); }
#ifndef VIOLATION
    Result<ExitStatus> execute(const CellHandle& cell, const RunContext& context) {
        return inner_.execute(cell, context);
    }
#endif

private:
    Inner inner_{};
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Logging<Sandbox>{}}.run(document);
}
