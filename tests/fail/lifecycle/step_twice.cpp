// EXPECT clang++: is in the 'consumed' state [-Werror,-Wconsumed]
#include "../case.hpp"

// Only clang sees it, hence its -Wconsumed in the build.
auto use(Cell<CellState::Ended> ended) {
    static_cast<void>(std::move(ended).export_());
#ifdef VIOLATION
    return std::move(ended).destroy();
#endif
}
