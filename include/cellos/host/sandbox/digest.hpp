#pragma once

#include <cellos/core/hasher.hpp>
#include <cellos/core/result.hpp>

#include <filesystem>
#include <string>

/// @file
/// Digests of what a cell boots from, with the operator's hasher. The error (Host) names what could
/// not be read.

namespace cellos::inline CELLOS_ABI::sandbox {

/// The digest of the bytes of one file, or of the one that a link leads to.
[[nodiscard]] CELLOS_DECL Result<std::string> digest_file(
    const HasherFactory& sha256, const std::filesystem::path& file
);

/// The digest of a directory tree: per entry in byte order of its relative path, that path, its
/// type and permissions, its size, and the bytes of a file or the target of a link. Owners and
/// times don't count.
[[nodiscard]] CELLOS_DECL Result<std::string> digest_tree(
    const HasherFactory& sha256, const std::filesystem::path& root
);

} // namespace cellos::inline CELLOS_ABI::sandbox

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/digest.ipp>
#endif
