// EXPECT: the event sink P must have emit(const CloudEvent&) -> Result<void>
#include "../case.hpp"

struct Sink {
#ifdef VIOLATION
    Result<void> emit(std::string_view);
    Result<void> emit(const CellHandle&);
#else
    Result<void> emit(const CloudEvent&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Sink{}}.run(document);
}
