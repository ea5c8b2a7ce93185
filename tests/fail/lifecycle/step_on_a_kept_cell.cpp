// EXPECT g++: argument discards qualifiers
// EXPECT clang++: 'this' argument to member function 'destroy' is an lvalue
#include "../case.hpp"

auto use(Cell<CellState::Created> created) {
#ifdef VIOLATION
    return created.destroy();
#else
    return std::move(created).destroy();
#endif
}
