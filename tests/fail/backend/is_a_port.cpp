// EXPECT: the first argument of Supervisor must be a backend; this one is a port
#include "../case.hpp"

struct Sink {
    Result<void> emit(const CloudEvent&);
};

#ifdef VIOLATION
using First = Sink;
using Second = StubCellBackend;
#else
using First = StubCellBackend;
using Second = Sink;
#endif

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{First{}, Second{}}.run(document);
}
