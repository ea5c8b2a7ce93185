#pragma once

#include <cellos/os/random.hpp>

#ifdef __linux__
#include <cellos/os/descriptor.hpp>

#include <sys/random.h>
#else
#include <exception>
#include <random>
#include <string>
#endif

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL Result<void> random_bytes(std::span<std::byte> to) {
#ifdef __linux__
    // Above 256 bytes a signal may end the call early, with a part of them.
    while (!to.empty()) {
        const ssize_t got =
            retry_on_interrupt([&] { return ::getrandom(to.data(), to.size(), 0); });
        if (got == -1) return failure("no random numbers");
        to = to.subspan(static_cast<std::size_t>(got));
    }
#else
    try {
        std::random_device device;
        for (std::byte& byte : to) byte = static_cast<std::byte>(device());
    } catch (const std::exception& exception) {
        return cellos::failure(
            CellosError::Kind::Host, std::string{"no random numbers: "} + exception.what()
        );
    }
#endif
    return {};
}

} // namespace cellos::inline CELLOS_ABI::os
