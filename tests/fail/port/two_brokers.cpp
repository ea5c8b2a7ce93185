// EXPECT: a Supervisor takes at most one secret broker
#include "../case.hpp"

struct Broker {
    Result<Secret> resolve(std::string_view, const CellHandle&);
    Result<void> revoke_for_cell(std::string_view);
};

struct Sink {
    Result<void> emit(const CloudEvent&);
};

#ifdef VIOLATION
using Port = Broker;
#else
using Port = Sink;
#endif

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Broker{}, Port{}}.run(document);
}
