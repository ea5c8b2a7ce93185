#include "everything.hpp"

bool same_as_in_first(const void* validate, const void* name);

int main() {
    const bool same = same_as_in_first(
        reinterpret_cast<const void*>(&cellos::validate), &cellos::StubCellBackend::name
    );
    return same ? 0 : 1;
}
