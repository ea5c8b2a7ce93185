#pragma once

#include <cellos/core/environment.hpp>

#include <map>
#include <string>

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL std::map<std::string, std::string> cell_environment(
    const ExecutionCellSpec& spec, std::optional<std::string_view> home
) {
    std::map<std::string, std::string> variables;
    if (spec.environment) variables = spec.environment->variables;
    variables.try_emplace("PATH", default_path);
    variables.try_emplace("LANG", default_lang);
    if (home)
        variables.try_emplace("HOME", *home);
    else
        variables.try_emplace("HOME", spec.run ? spec.run->working_directory.value_or("/") : "/");
    return variables;
}

} // namespace cellos::inline CELLOS_ABI
