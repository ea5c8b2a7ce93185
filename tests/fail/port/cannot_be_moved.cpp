// EXPECT: P must be movable, or passed by std::ref
#include "../case.hpp"

struct Sink {
    Sink();
#ifdef VIOLATION
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
#endif
    Result<void> emit(const CloudEvent&);
};

auto use(const ExecutionCellDocument& document) {
    cellos::Supervisor supervisor{StubCellBackend{}, Sink{}};
    return supervisor.run(document);
}
