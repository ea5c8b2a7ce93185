#pragma once

#include <cellos/os/descriptor.hpp>
#include <cellos/os/random.hpp>

#include <sys/random.h>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL Result<void> random_bytes(std::span<std::byte> to) {
    // Above 256 bytes a signal may end the call early, with a part of them.
    while (!to.empty()) {
        const ssize_t got =
            retry_on_interrupt([&] { return ::getrandom(to.data(), to.size(), 0); });
        if (got == -1) return failure("no random numbers");
        to = to.subspan(static_cast<std::size_t>(got));
    }
    return {};
}

} // namespace cellos::inline CELLOS_ABI::os
