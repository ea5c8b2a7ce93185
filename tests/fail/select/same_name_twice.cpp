// EXPECT: two backends must not have the same name
#include "../case.hpp"

struct Other : StubCellBackend {
#ifndef VIOLATION
    static constexpr std::string_view name = "other";
#endif
};

auto use(std::string_view name) {
    return cellos::select_backend<StubCellBackend, Other>(name, [](auto) { return 0; });
}
