// EXPECT: the secret broker P must have resolve(std::string_view reference, const CellHandle&) -> Result<Secret>
#include "../case.hpp"

struct Broker {
#ifndef VIOLATION
    Result<Secret> resolve(std::string_view, const CellHandle&);
#endif
    Result<void> revoke_for_cell(std::string_view);
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Broker{}}.run(document);
}
