/// @file
/// Writes reports and errors as JSON. Thread-safe.
#pragma once

#include <cellos/core/error.hpp>
#include <cellos/core/report.hpp>

#include <string>

namespace cellos::inline CELLOS_ABI {

/// The report on one line. Bytes of the workload's output that are not UTF-8 become U+FFFD.
[[nodiscard]] CELLOS_DECL std::string to_json(const CellReport& report);

/// An error on one line: its kind and its message.
[[nodiscard]] CELLOS_DECL std::string to_json(const CellosError& error);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/json/report.ipp>
#endif
