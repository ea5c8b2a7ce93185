#pragma once

#include <cellos/core/visible.hpp>

#include <algorithm>
#include <iostream>
#include <string_view>

namespace cellos_run {

/// One line on stderr for each line of the message. Whatever they quote, no terminal obeys it.
inline void complain(std::string_view message, std::string_view about = {}) {
    while (!message.empty()) {
        const auto line = message.substr(0, message.find('\n'));
        message.remove_prefix(std::min(message.size(), line.size() + 1));
        std::cerr << "cellos-run: " << cellos::visible(about) << (about.empty() ? "" : ": ")
                  << cellos::visible(line) << '\n';
    }
}

} // namespace cellos_run
