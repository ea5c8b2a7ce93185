// EXPECT: P is const; a port is called as a non-const object, so share it by std::ref
#include "../case.hpp"

struct Sink {
    Result<void> emit(const CloudEvent&);
};

#ifdef VIOLATION
using Shared = const Sink;
#else
using Shared = Sink;
#endif

auto use(const ExecutionCellDocument& document) {
    cellos::Supervisor supervisor{StubCellBackend{}, std::ref(object<Shared>())};
    return supervisor.run(document);
}
