/// @file
/// Reports as JSON.
#pragma once

#include <cellos/core/error.hpp>
#include <cellos/core/report.hpp>

#include <string>

namespace cellos::inline CELLOS_ABI {

/// The report on one line. Output of the workload that is not UTF-8 has U+FFFD in place of the
/// bytes at fault.
[[nodiscard]] CELLOS_DECL std::string to_json(const CellReport& report);

/// An error on one line: its kind and its message.
[[nodiscard]] CELLOS_DECL std::string to_json(const CellosError& error);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/json/report.ipp>
#endif
