// EXPECT: the admission policy P must have decide(const ExecutionCellDocument&) -> Result<PolicyDecision>
#include "../case.hpp"

struct Policy {
#ifdef VIOLATION
    Result<PolicyDecision> decide(std::string_view);
    Result<PolicyDecision> decide(const CellHandle&);
#else
    Result<PolicyDecision> decide(const ExecutionCellDocument&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Policy{}}.run(document);
}
