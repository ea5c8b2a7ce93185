#pragma once

#include <cellos/json/describe_report.hpp>
#include <cellos/json/report.hpp>
#include <cellos/json/write.hpp>

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL std::string to_json(const CellReport& report) {
    return json::write(report);
}

CELLOS_DECL std::string to_json(const CellosError& error) {
    return json::write(error);
}

} // namespace cellos::inline CELLOS_ABI
