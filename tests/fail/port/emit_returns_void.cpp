// EXPECT: P::emit returns void; it must be emit(const CloudEvent&) -> Result<void>
#include "../case.hpp"

struct Sink {
#ifdef VIOLATION
    void emit(const CloudEvent&);
#else
    Result<void> emit(const CloudEvent&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Sink{}}.run(document);
}
