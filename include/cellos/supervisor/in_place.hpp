#pragma once

#include <cellos/core/config.hpp>

#include <memory>
#include <new>

namespace cellos::inline CELLOS_ABI::detail {

/// Storage for a T that a function constructs later, in place: T is not moved and need not be
/// movable. (std::optional would have to convert something to T, and some types convert from
/// anything.)
template <class T>
class InPlace {
public:
    InPlace() noexcept {}
    InPlace(const InPlace&) = delete;
    InPlace& operator=(const InPlace&) = delete;
    ~InPlace() {
        if (made_) value_.~T();
    }

    /// Constructs the T; call it at most once. If `function` throws, there is still no T.
    template <class Function>
    T& make(Function&& function) {
        ::new (static_cast<void*>(std::addressof(value_))) T(function());
        made_ = true;
        return value_;
    }

    [[nodiscard]] T& operator*() noexcept { return value_; }

private:
    union {
        T value_;
    };
    bool made_ = false;
};

} // namespace cellos::inline CELLOS_ABI::detail
