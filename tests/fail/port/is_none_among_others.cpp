// EXPECT: P is no port: neither EventSink, SecretBroker, ExportSink, Tracer nor AdmissionPolicy
#include "../case.hpp"

// One sentence, also for two of them.
struct Sink {
    Result<void> emit(const CloudEvent&);
};

struct Broker {
    Result<Secret> resolve(std::string_view, const CellHandle&);
    Result<void> revoke_for_cell(std::string_view);
};

#ifdef VIOLATION
enum class Port {};
#else
using Port = Sink;
#endif

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Sink{}, Port{}, Broker{}, Port{}}.run(document);
}
