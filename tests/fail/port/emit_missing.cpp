// EXPECT: P is no port: neither EventSink, SecretBroker, ExportSink nor Tracer
#include "../case.hpp"

struct Sink {
#ifndef VIOLATION
    Result<void> emit(const CloudEvent&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Sink{}}.run(document);
}
