// EXPECT: the tracer P must have begin(std::string_view span, const CellRef& cell) -> a span, which is an object
#include "../case.hpp"

struct SinkAndTracer {
    struct Span {};
    Result<void> emit(const CloudEvent&);
#ifdef VIOLATION
    Span begin(std::string_view, std::string_view);
#else
    Span begin(std::string_view, const CellRef&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, SinkAndTracer{}}.run(document);
}
