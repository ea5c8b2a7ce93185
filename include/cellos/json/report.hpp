/// @file
/// Reports as JSON.
#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/core/report.hpp>
#include <cellos/json/describe_report.hpp>
#include <cellos/json/write.hpp>

#include <string>

namespace cellos::inline CELLOS_ABI {

/// The report on one line. Output of the workload that is not UTF-8 has U+FFFD in place of the
/// bytes at fault.
[[nodiscard]] inline std::string to_json(const CellReport& report);

/// An error on one line: its kind and its message.
[[nodiscard]] inline std::string to_json(const CellosError& error);

template <class Lazy>
struct ReportJsonDefinitions {
    friend std::string to_json(const CellReport& report) { return json::write<CellReport>(report); }
    friend std::string to_json(const CellosError& error) { return json::write<CellosError>(error); }
};
static_assert(defined_if_used<ReportJsonDefinitions>);

} // namespace cellos::inline CELLOS_ABI
