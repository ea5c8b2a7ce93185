// EXPECT: P is no port: neither EventSink, SecretBroker, ExportSink, Tracer nor AdmissionPolicy
#include "../case.hpp"

struct Sink {
    Result<void> emit(const CloudEvent&);
};

#ifdef VIOLATION
struct Port : std::string {};
#else
using Port = Sink;
#endif

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Port{}}.run(document);
}
