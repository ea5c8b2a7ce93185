// EXPECT: P is no port: neither EventSink, SecretBroker, ExportSink nor Tracer
#include "../case.hpp"

struct Tracer {
    struct Span {};
#ifndef VIOLATION
    Span begin(std::string_view, std::string_view);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Tracer{}}.run(document);
}
