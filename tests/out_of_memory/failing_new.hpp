#pragma once

#include <cstddef>

namespace cellos_tests {

/// While it lives, allocation number `number` of this thread fails, counted from 1, and no other.
/// The program replaces operator new (failing_new.cpp).
class FailingNew {
public:
    explicit FailingNew(std::size_t number) noexcept;
    FailingNew(const FailingNew&) = delete;
    FailingNew& operator=(const FailingNew&) = delete;
    ~FailingNew();

    /// Whether there were so many.
    [[nodiscard]] static bool has_failed() noexcept;
};

} // namespace cellos_tests
