// EXPECT: B must have a name: static constexpr std::string_view name
#include "../case.hpp"

class Backend {
#ifndef VIOLATION
public:
#endif
    static constexpr std::string_view name = "mine";

public:
    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<TeardownReport> destroy(const CellHandle&);
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.run(document);
}
