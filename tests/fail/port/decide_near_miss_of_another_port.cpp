// EXPECT: the admission policy P must have decide(const ExecutionCellDocument&) -> Result<PolicyDecision>
#include "../case.hpp"

// It is an event sink, but what it decides would hold nobody.
struct Policy {
    Result<void> emit(const CloudEvent&);
#ifdef VIOLATION
    bool decide(const ExecutionCellDocument&);
#else
    Result<PolicyDecision> decide(const ExecutionCellDocument&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Policy{}}.run(document);
}
