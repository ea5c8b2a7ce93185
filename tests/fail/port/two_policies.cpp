// EXPECT: a Supervisor takes at most one admission policy
#include "../case.hpp"

struct Policy {
    Result<PolicyDecision> decide(const ExecutionCellDocument&);
};

struct Sink {
    Result<void> emit(const CloudEvent&);
};

#ifdef VIOLATION
using Port = Policy;
#else
using Port = Sink;
#endif

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Policy{}, Port{}}.run(document);
}
