#pragma once

#include <cellos/core/error.hpp>

#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI::gvisor {

/// What the launcher's failure means for the run of `program`, in the words of a cold run.
/// `message` holds the bytes of a launcher::Failure.
[[nodiscard]] CELLOS_DECL CellosError
launcher_error(std::string_view message, const std::string& program);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/launcher_error.ipp>
#endif
