#pragma once

#include <cellos/core/error.hpp>

#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI::gvisor {

/// The error of the run of `program` after a failure of the launcher, with the same text as in a
/// cold run. `message` holds the bytes of a launcher::Failure.
[[nodiscard]] CELLOS_DECL CellosError
launcher_error(std::string_view message, const std::string& program);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/launcher_error.ipp>
#endif
