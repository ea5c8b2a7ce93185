#pragma once

#include <cellos/core/document.hpp>

#include <map>
#include <string>

namespace cellos::inline CELLOS_ABI {

/// Where a cell looks for `argv[0]` unless the document says otherwise: Debian's default for root.
inline constexpr const char* default_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The cell's variables without its secrets: the document's, and `PATH` and `HOME` where it names
/// none.
[[nodiscard]] inline std::map<std::string, std::string> cell_environment(
    const ExecutionCellSpec& spec
) {
    std::map<std::string, std::string> variables;
    if (spec.environment) variables = spec.environment->variables;
    variables.try_emplace("PATH", default_path);
    variables.try_emplace("HOME", spec.run ? spec.run->working_directory.value_or("/") : "/");
    return variables;
}

} // namespace cellos::inline CELLOS_ABI
