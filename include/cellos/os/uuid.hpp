#pragma once

#include <cellos/core/result.hpp>

#include <array>
#include <cstddef>
#include <string>

namespace cellos::inline CELLOS_ABI::os {

/// Makes unique, unguessable ids: random (version 4) UUIDs of RFC 9562. It asks the system for the
/// random bytes of sixteen at a time, more than most cells have events. No state is shared between
/// sources. Not thread-safe.
class UuidSource {
public:
    /// Fails (Host) if the system provides no randomness; there is no fallback to weaker ids.
    [[nodiscard]] CELLOS_DECL Result<std::string> next();

private:
    static constexpr std::size_t uuid_size = 16;

    std::array<std::byte, 16 * uuid_size> random_{};
    std::size_t used_ = random_.size();
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/uuid.ipp>
#endif
