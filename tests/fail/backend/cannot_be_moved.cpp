// EXPECT: B must be movable, or passed by std::ref
#include "../case.hpp"

struct Backend {
    static constexpr std::string_view name = "mine";
    explicit Backend(int cells);
#ifdef VIOLATION
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;
#endif
    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<TeardownReport> destroy(const CellHandle&);
};

auto use(const ExecutionCellDocument& document) {
    cellos::Supervisor supervisor{Backend{8}};
    return supervisor.run(document);
}
