// EXPECT: P is no port: neither EventSink, SecretBroker, ExportSink, Tracer nor AdmissionPolicy
#include "../case.hpp"

struct Sink {
#ifndef VIOLATION
    Result<void> emit(const CloudEvent&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Sink{}}.run(document);
}
