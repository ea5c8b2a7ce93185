#pragma once

#include <cellos/core/document.hpp>

#include <string_view>

/// @file
/// Which destinations of egress lie in which. Pure: nothing is looked up.

namespace cellos::inline CELLOS_ABI::policy {

/// Whether `text` can stand for hosts in a list of destinations: a host name, `*.` before one, an
/// address or a CIDR block.
[[nodiscard]] CELLOS_DECL bool is_host_pattern(std::string_view text) noexcept;

/// Whether everything that the host `asked` of a document stands for lies in what `allowed` stands
/// for. Names are compared without regard to case; a name is never in a block, whatever it may
/// resolve to.
[[nodiscard]] CELLOS_DECL bool covers_host(
    std::string_view allowed, std::string_view asked
) noexcept;

/// The same for host, port and protocol.
[[nodiscard]] CELLOS_DECL bool covers(const EgressRule& allowed, const EgressRule& asked) noexcept;

} // namespace cellos::inline CELLOS_ABI::policy

#ifdef CELLOS_HEADER_ONLY
#include <cellos/policy/destination.ipp>
#endif
