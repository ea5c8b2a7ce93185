#pragma once

#include <cellos/core/config.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace cellos::inline CELLOS_ABI {

/// Computes one digest. The core has no implementation; <cellos/openssl/sha256.hpp> does. For one
/// thread at a time.
class CELLOS_POLYMORPHIC Hasher {
public:
    Hasher() = default;
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;
    virtual ~Hasher() = default;

    virtual void update(std::span<const std::byte> bytes) = 0;
    /// The digest in lower-case hexadecimal. Call it once; no update() may follow.
    [[nodiscard]] virtual std::string finish() = 0;
};

/// Starts a new SHA-256 digest; called from several threads at once. Empty: no digests are
/// computed.
using HasherFactory = std::function<std::unique_ptr<Hasher>()>;

} // namespace cellos::inline CELLOS_ABI
