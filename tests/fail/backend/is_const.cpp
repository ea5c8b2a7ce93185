// EXPECT: B is const; a backend is called as a non-const object, so share it by std::ref
#include "../case.hpp"

struct Backend {
    static constexpr std::string_view name = "mine";
    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<TeardownReport> destroy(const CellHandle&);
};

#ifdef VIOLATION
using Shared = const Backend;
#else
using Shared = Backend;
#endif

auto use(const ExecutionCellDocument& document) {
    cellos::Supervisor supervisor{std::ref(object<Shared>())};
    return supervisor.run(document);
}
