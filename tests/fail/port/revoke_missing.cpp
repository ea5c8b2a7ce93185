// EXPECT: the secret broker P must have revoke_for_cell(std::string_view cell_id) -> Result<void>
#include "../case.hpp"

struct Broker {
    Result<Secret> resolve(std::string_view, const CellHandle&);
#ifndef VIOLATION
    Result<void> revoke_for_cell(std::string_view);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Broker{}}.run(document);
}
