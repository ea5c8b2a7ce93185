#pragma once

#include <cellos/host/sandbox/agent/image.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/tool.hpp>

#if __has_include(<cellos/host/sandbox/agent/image_bytes.hpp>)
#include <cellos/host/sandbox/agent/image_bytes.hpp>
#endif

#include <elf.h>

#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>

#include <fcntl.h>

namespace cellos::inline CELLOS_ABI::sandbox::agent {

namespace detail {

[[nodiscard]] inline std::string built_in_agent() {
#if __has_include(<cellos/host/sandbox/agent/image_bytes.hpp>)
    std::string bytes(sizeof image_bytes, '\0');
    std::memcpy(bytes.data(), image_bytes, sizeof image_bytes);
    return bytes;
#else
    return {};
#endif
}

[[nodiscard]] inline bool is_program_of_this_machine(std::string_view bytes) {
#ifdef __aarch64__
    constexpr auto machine = EM_AARCH64;
#else
    constexpr auto machine = EM_X86_64;
#endif
    Elf64_Ehdr header;
    if (bytes.size() < sizeof header) return false;
    std::memcpy(&header, bytes.data(), sizeof header);
    return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
           header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_machine == machine;
}

[[nodiscard]] inline Result<std::string> read_agent(const std::string& file) {
    constexpr std::size_t largest = std::size_t{1} << 20;
    auto bytes = os::read_file(AT_FDCWD, file.c_str(), largest + 1);
    if (bytes && (bytes->size() > largest || !is_program_of_this_machine(*bytes))) {
        return failure(
            CellosError::Kind::Host,
            file + ": not the agent of sandboxes, which is a small ELF program for this machine; "
                   "build the CMake target cellos-agent"
        );
    }
    return bytes;
}

} // namespace detail

CELLOS_DECL Result<std::string> agent_program(const std::filesystem::path& configured) {
    if (!configured.empty()) return detail::read_agent(configured.native());
    if (std::string bytes = detail::built_in_agent(); !bytes.empty()) return bytes;
    std::error_code error;
    const auto beside = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    const char* path = std::getenv("PATH");
    const std::string search = beside.native() + ':' + (path != nullptr ? path : "");
    const auto found = os::find_program("cellos-agent", search);
    if (found) return detail::read_agent(*found);
    return failure(
        CellosError::Kind::Host,
        "no sandbox starts without its agent, and this program was built without it: link the "
        "CMake target cellos::cellos or cellos::compiled of a cellos that was built (cmake "
        "--build) "
        "and not just configured, or put the program cellos-agent beside this one or on the PATH, "
        "or set GVisorConfig::agent; how to build it alone stands in MANUAL.md, \"The agent\""
    );
}

} // namespace cellos::inline CELLOS_ABI::sandbox::agent
