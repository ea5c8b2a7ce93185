#pragma once

#include <cellos/core/result.hpp>

#include <string>

namespace cellos::inline CELLOS_ABI::os {

/// Removes `name`, a single component below the open directory `directory`, with everything in it;
/// what is not there is no error. However deep or wide the tree is, this takes three descriptors
/// and no recursion. Symbolic links are removed, never followed. No file system that is mounted in
/// the tree is entered: it is an error. `directory` stays the caller's.
///
/// Only for trees that nobody else changes meanwhile. After an error (Host, with the name of what
/// could not be removed) a part of the tree may be gone, and directories of it may have moved up
/// to its root; another call goes on. Thread-safe for different trees.
[[nodiscard]] CELLOS_DECL Result<void> remove_tree(int directory, const std::string& name);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/remove_tree.ipp>
#endif
