// EXPECT: a Supervisor has one backend, its first argument; this is a second one
#include "../case.hpp"

struct Sink {
    Result<void> emit(const CloudEvent&);
};

#ifdef VIOLATION
struct Port : StubCellBackend {};
#else
using Port = Sink;
#endif

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Port{}}.run(document);
}
