#pragma once

#include <cellos/core/config.hpp>

#include <string>
#include <string_view>

/// @file
/// Text that somebody else has written, made fit for a terminal, a log or a line of a table. The
/// author of a document or of a file must neither move the cursor, nor set the title of a window,
/// nor begin a line of its own that looks like one of this program's.

namespace cellos::inline CELLOS_ABI {

/// `text` with each byte of what a terminal obeys or hides as `\xNN`: control characters, C1 and
/// newline and tab among them, what changes the direction of text, and what is no UTF-8. All other
/// text, also such that is not in English, stays as it is. Thread-safe.
[[nodiscard]] CELLOS_DECL std::string visible(std::string_view text);

/// Like visible(), but newlines stay: for a whole message that may have several lines.
[[nodiscard]] CELLOS_DECL std::string visible_lines(std::string_view message);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/core/visible.ipp>
#endif
