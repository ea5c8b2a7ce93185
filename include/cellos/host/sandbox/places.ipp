#pragma once

#include <cellos/host/sandbox/places.hpp>

#include <variant>

namespace cellos::inline CELLOS_ABI::sandbox {

CELLOS_DECL std::string normal_path(std::string_view path) {
    std::string normal;
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::string_view component = path.substr(0, path.find('/'));
        if (!component.empty() && component != ".") normal.append("/").append(component);
        path.remove_prefix(component.size());
    }
    return normal.empty() ? "/" : normal;
}

CELLOS_DECL bool is_system(const Rootfs& rootfs) noexcept {
    return std::holds_alternative<SystemRootfs>(rootfs);
}

} // namespace cellos::inline CELLOS_ABI::sandbox
