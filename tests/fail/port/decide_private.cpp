// EXPECT: the admission policy P must have decide(const ExecutionCellDocument&) -> Result<PolicyDecision>
#include "../case.hpp"

class Policy {
#ifndef VIOLATION
public:
#endif
    Result<PolicyDecision> decide(const ExecutionCellDocument&);
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Policy{}}.run(document);
}
