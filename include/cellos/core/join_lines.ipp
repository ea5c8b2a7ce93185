#pragma once

#include <cellos/core/join_lines.hpp>

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL std::string join_lines(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) {
        if (&line != &lines.front()) text += '\n';
        text += line;
    }
    return text;
}

} // namespace cellos::inline CELLOS_ABI
