/// @file
/// Reports as JSON.
#pragma once

#include <cellos/core/report.hpp>
#include <cellos/json/describe_report.hpp>
#include <cellos/json/write.hpp>

#include <string>

namespace cellos::inline v0 {

/// The report on one line. Output of the workload that is not UTF-8 has U+FFFD in place of the
/// bytes at fault.
[[nodiscard]] inline std::string to_json(const CellReport& report) {
    return json::write(report);
}

/// An error on one line: its kind and its message.
[[nodiscard]] inline std::string to_json(const CellosError& error) {
    return json::write(error);
}

} // namespace cellos::inline v0
