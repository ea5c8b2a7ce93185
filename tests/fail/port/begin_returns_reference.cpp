// EXPECT: the tracer P must have begin(std::string_view span, const CellRef& cell) -> a span, which is an object
#include "../case.hpp"

struct Tracer {
    struct Span {};
#ifdef VIOLATION
    Span& begin(std::string_view, const CellRef&);
#else
    Span begin(std::string_view, const CellRef&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Tracer{}}.run(document);
}
