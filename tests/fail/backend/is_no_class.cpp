// EXPECT: B must have a name: static constexpr std::string_view name
#include "../case.hpp"

struct Mine : StubCellBackend {};

#ifdef VIOLATION
enum class Backend {};
#else
using Backend = Mine;
#endif

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Backend{}}.run(document);
}
