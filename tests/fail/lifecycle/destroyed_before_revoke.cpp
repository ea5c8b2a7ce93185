// EXPECT g++: CellState::TornDown>::destroyed()
// EXPECT clang++: invalid reference to function 'destroyed'
#include "../case.hpp"

auto use(Cell<CellState::Ended> ended) {
#ifdef VIOLATION
    return std::move(ended).destroy().destroyed();
#else
    return std::move(ended).destroy().revoke().destroyed();
#endif
}
