// EXPECT g++: CellState::Admitted>::run()
// EXPECT clang++: invalid reference to function 'run'
#include "../case.hpp"

auto use(Cell<CellState::Admitted> admitted) {
#ifdef VIOLATION
    return std::move(admitted).run();
#else
    return std::move(admitted).create();
#endif
}
