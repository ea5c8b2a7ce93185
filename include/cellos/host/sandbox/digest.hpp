#pragma once

#include <cellos/core/hasher.hpp>
#include <cellos/core/result.hpp>

#include <filesystem>
#include <string>

/// @file
/// Digests of the files that a cell boots from, with the operator's hasher. The error (Host) names
/// the file that could not be read. Thread-safe as far as the hasher is.

namespace cellos::inline CELLOS_ABI::sandbox {

/// The digest of a file's bytes. Follows links.
[[nodiscard]] CELLOS_DECL Result<std::string> digest_file(
    const HasherFactory& sha256, const std::filesystem::path& file
);

/// The digest of a directory tree. It covers each entry in byte order of the relative paths: the
/// path, type, permissions and size, and the bytes of a file or the target of a link. Owners and
/// times are left out.
[[nodiscard]] CELLOS_DECL Result<std::string> digest_tree(
    const HasherFactory& sha256, const std::filesystem::path& root
);

} // namespace cellos::inline CELLOS_ABI::sandbox

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/digest.ipp>
#endif
