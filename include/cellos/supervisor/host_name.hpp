#pragma once

#include <cellos/core/config.hpp>

#include <string>

namespace cellos::inline CELLOS_ABI::detail {

/// The name of this machine; `localhost` if it is not known. Thread-safe.
[[nodiscard]] CELLOS_DECL std::string host_name();

} // namespace cellos::inline CELLOS_ABI::detail

#ifdef CELLOS_HEADER_ONLY
#include <cellos/supervisor/host_name.ipp>
#endif
