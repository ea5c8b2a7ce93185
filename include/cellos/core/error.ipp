#pragma once

#include <cellos/core/error.hpp>
#include <cellos/core/visible.hpp>

#include <string>

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL std::string CellosError::what() const {
    std::string text{to_string(kind)};
    if (!message.empty()) {
        text += ": ";
        text += visible_lines(message);
    }
    return text;
}

} // namespace cellos::inline CELLOS_ABI
