#pragma once

#include <cellos/core/config.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace cellos::inline CELLOS_ABI {

/// A digest under way. The core brings no implementation; <cellos/openssl/sha256.hpp> has
/// one.
class Hasher {
public:
    Hasher() = default;
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;
    virtual ~Hasher() = default;

    virtual void update(std::span<const std::byte> bytes) = 0;
    /// Lower-case hexadecimal; ends the digest.
    [[nodiscard]] virtual std::string finish() = 0;
};

/// Starts a new SHA-256; called from several threads at once. Empty: nothing is digested.
using HasherFactory = std::function<std::unique_ptr<Hasher>()>;

} // namespace cellos::inline CELLOS_ABI
