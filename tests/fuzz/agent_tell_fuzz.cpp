// Whatever a sandbox says is either refused, or something that the agent can have said and that has
// a meaning.
#include "fuzz/require.hpp"

#include <cellos/host/sandbox/agent/tell.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

using namespace cellos::sandbox::agent;
using cellos_fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::array<std::byte, sizeof(Tell)> bytes{};
    if (size != bytes.size()) return 0;
    std::memcpy(bytes.data(), data, size);
    std::memcpy(bytes.data(), &magic, sizeof magic); // rarely guessed
    const auto tell = parse_tell(bytes);
    if (!tell) return 0;
    if (tell->kind == Kind::Ended) {
        const auto status = exit_status_of(*tell);
        require(status.code.has_value() != status.signal.has_value(), "an end is of one kind");
        if (status.code) require(*status.code >= 0 && *status.code <= 255, "an exit code is one");
        if (status.signal) require(*status.signal >= 1 && *status.signal <= 64, "a signal is one");
    }
    if (tell->kind == Kind::Failed)
        require(!error_of(*tell, "program", "/").message.empty(), "a failure has a reason");
    return 0;
}
