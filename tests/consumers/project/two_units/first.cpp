// One definition of everything, however many sources include it: the linker would name a second
// one, and both sources must see the same functions and constants.
#include "everything.hpp"

bool same_as_in_first(const void* validate, const void* name);

bool same_as_in_first(const void* validate, const void* name) {
    return validate == reinterpret_cast<const void*>(&cellos::validate) &&
           name == &cellos::StubCellBackend::name;
}
