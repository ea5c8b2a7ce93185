#pragma once

#include <algorithm>
#include <iostream>
#include <string_view>

namespace cellos_run {

/// One line on stderr for each line of the message.
inline void complain(std::string_view message, std::string_view about = {}) {
    while (!message.empty()) {
        const auto line = message.substr(0, message.find('\n'));
        message.remove_prefix(std::min(message.size(), line.size() + 1));
        std::cerr << "cellos-run: " << about << (about.empty() ? "" : ": ") << line << '\n';
    }
}

} // namespace cellos_run
