// EXPECT: P is no port: neither EventSink, SecretBroker, ExportSink, Tracer nor AdmissionPolicy
#include "../case.hpp"

struct Policy {
#ifndef VIOLATION
    Result<PolicyDecision> decide(const ExecutionCellDocument&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Policy{}}.run(document);
}
