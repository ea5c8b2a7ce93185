#pragma once

#include <cellos/core/input_file.hpp>
#include <cellos/core/stdio.hpp>

#include <chrono>
#include <optional>
#include <stop_token>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// Options of a session that come from the caller, not from the document or its author.
struct SessionOptions {
    /// Ends the session and what runs in it. Requested before it is open, the result is an error.
    std::stop_token stop{};
    /// Ends the session when for so long no command has run and nothing was asked of it; default:
    /// never. The TTL of the document ends it in any case.
    std::optional<std::chrono::milliseconds> idle_timeout{};
    /// Files that its commands see in `/inputs`, read-only.
    std::vector<InputFile> inputs{};
};

/// Options of one command of a session.
struct CommandOptions {
    /// Ends the command: it is Cancelled then.
    std::stop_token stop{};
    /// Its standard streams; the default captures up to 1 MiB of each.
    Stdio stdio{};
};

} // namespace cellos::inline CELLOS_ABI
