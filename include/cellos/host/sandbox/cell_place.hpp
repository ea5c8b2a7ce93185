#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>

#include <cstdint>

namespace cellos::inline CELLOS_ABI::sandbox {

/// Takes one of `most` places for cells in the state directory `state`, which all programs with
/// cells there share. The place is free again once the descriptor is closed, or its owner is dead:
/// it is a lock on a byte of the file `places`, which stays. Errors: TooManyCells if none is free;
/// Host. Thread-safe.
[[nodiscard]] CELLOS_DECL Result<os::Descriptor> take_place(int state, std::int64_t most);

} // namespace cellos::inline CELLOS_ABI::sandbox

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/cell_place.ipp>
#endif
