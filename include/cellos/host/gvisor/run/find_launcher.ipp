#pragma once

#include <cellos/host/gvisor/run/find_launcher.hpp>
#include <cellos/os/tool.hpp>

#include <cstdlib>
#include <string>
#include <system_error>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL Result<std::filesystem::path> find_launcher(const std::filesystem::path& configured) {
    constexpr const char* program = "cellos-launcher";
    std::error_code error;
    const auto beside = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    const char* path = std::getenv("PATH");
    const std::string search = beside.native() + ':' + (path != nullptr ? path : "");
    auto found = os::find_program(configured.empty() ? program : configured.native(), search);
    if (found) return std::filesystem::absolute(*found);
    return failure(
        CellosError::Kind::Host,
        found.error().message +
            ": sandboxes that wait need the launcher; build and install the CMake target "
            "cellos-launcher, or configure its path (GVisorConfig::launcher)"
    );
}

} // namespace cellos::inline CELLOS_ABI::gvisor
