#pragma once

#include <cellos/core/event.hpp>

#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL std::string extension(const CloudEvent& event, std::string_view name) {
    const auto found = event.extensions.find(std::string{name});
    return found == event.extensions.end() ? std::string{} : found->second;
}

} // namespace cellos::inline CELLOS_ABI
