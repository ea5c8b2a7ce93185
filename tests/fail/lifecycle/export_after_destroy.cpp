// EXPECT g++: CellState::TornDown>::export_()
// EXPECT clang++: invalid reference to function 'export_'
#include "../case.hpp"

auto use(Cell<CellState::Ended> ended) {
#ifdef VIOLATION
    return std::move(ended).destroy().export_();
#else
    return std::move(ended).export_().destroy();
#endif
}
