#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace cellos::inline v0 {

/// A value that must not outlive its use: move-only, wiped when it goes, never printed (no
/// operator<<, no conversion to std::string). `reveal` is the one way to the bytes, so that a
/// search for it finds every place that touches them.
class Secret {
public:
    Secret() noexcept = default;
    explicit Secret(std::string_view value)
        : bytes_{std::make_unique_for_overwrite<char[]>(value.size())}, size_{value.size()} {
        value.copy(bytes_.get(), size_);
    }
    explicit Secret(const char* value) : Secret{std::string_view{value}} {}
    /// Takes the value over and wipes `value`'s own copy of it.
    explicit Secret(std::string&& value) : Secret{std::string_view{value}} {
        wipe(value.data(), value.size());
        value.clear();
    }

    Secret(Secret&& other) noexcept
        : bytes_{std::move(other.bytes_)}, size_{std::exchange(other.size_, 0)} {}
    Secret& operator=(Secret&& other) noexcept {
        std::swap(bytes_, other.bytes_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~Secret() { wipe(bytes_.get(), size_); }

    /// Valid as long as this object is neither moved from nor destroyed.
    [[nodiscard]] std::string_view reveal() const noexcept { return {bytes_.get(), size_}; }

    /// Overwrites memory in a way that the optimiser must keep, although nobody reads it again.
    static void wipe(void* memory, std::size_t size) noexcept {
        auto* bytes = static_cast<volatile unsigned char*>(memory);
        for (std::size_t i = 0; i < size; ++i) bytes[i] = 0;
    }

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
};

} // namespace cellos::inline v0
