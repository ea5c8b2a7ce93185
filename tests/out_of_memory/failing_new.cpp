#include "out_of_memory/failing_new.hpp"

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t left = 0; // 0: none fails

} // namespace

namespace cellos_tests {

FailingNew::FailingNew(std::size_t number) noexcept {
    left = number;
}

FailingNew::~FailingNew() {
    left = 0;
}

bool FailingNew::has_failed() noexcept {
    return left == 0;
}

} // namespace cellos_tests

void* operator new(std::size_t size) {
    if (left > 0 && --left == 0) throw std::bad_alloc{};
    if (void* made = std::malloc(size > 0 ? size : 1)) return made;
    throw std::bad_alloc{};
}

void operator delete(void* made) noexcept {
    std::free(made);
}

void operator delete(void* made, std::size_t) noexcept {
    std::free(made);
}
