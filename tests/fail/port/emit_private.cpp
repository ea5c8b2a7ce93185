// EXPECT: the event sink P must have emit(const CloudEvent&) -> Result<void>
#include "../case.hpp"

class Sink {
#ifndef VIOLATION
public:
#endif
    Result<void> emit(const CloudEvent&);
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Sink{}}.run(document);
}
