// EXPECT g++: -Werror=unused-result
// EXPECT clang++: -Werror,-Wunused-result
#include "../case.hpp"

void use(Cell<CellState::Created> created) {
#ifdef VIOLATION
    std::move(created).destroy();
#else
    static_cast<void>(std::move(created).destroy());
#endif
}
