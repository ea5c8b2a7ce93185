// EXPECT: P is no port: neither EventSink, SecretBroker, ExportSink, Tracer nor AdmissionPolicy
#include "../case.hpp"

struct Tracer {
    struct Span {};
#ifndef VIOLATION
    Span begin(std::string_view, const CellRef&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Tracer{}}.run(document);
}
