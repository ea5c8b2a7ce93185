#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <poll.h>

namespace cellos::inline CELLOS_ABI::os {

/// How many bytes a workload may still write to all of its streams together.
struct OutputBudget {
    std::uint64_t left = 0;
    bool exceeded = false; ///< more was written, and dropped

    /// Takes up to `count` bytes from the budget; returns how many there was room for.
    [[nodiscard]] CELLOS_DECL std::size_t take(std::size_t count) noexcept;
};

/// One output stream of a workload: this side of a pipe, and where what comes through it goes: to a
/// text up to its limit, to a descriptor of the caller's, or nowhere. For one thread at a time.
/// Nothing here blocks but `drain`. A pipe or a target that fails ends the stream, and the workload
/// learns of that by EPIPE, as if it had written there itself.
class OutputStream {
public:
    /// A closed stream.
    OutputStream() noexcept = default;

    /// Keeps the first `limit` bytes in `text`, which must outlive the stream, and drops the rest.
    /// `pipe` is the read end and gets O_NONBLOCK. The error is Host.
    [[nodiscard]] CELLOS_DECL static Result<OutputStream> to_text(
        Descriptor pipe, std::string& text, std::size_t limit
    );

    /// Passes everything on to `target`, which stays the caller's and must be kept open; -1: drops
    /// it. The error is Host.
    [[nodiscard]] CELLOS_DECL static Result<OutputStream> to_descriptor(
        Descriptor pipe, int target
    );

    /// Why some output could not be delivered, as errno has it (ENOSPC, EIO); ETIMEDOUT: its reader
    /// took too long. 0: all was. That the reader has gone is no error.
    [[nodiscard]] int delivery_error() const noexcept { return error_; }

    /// Whether anything can still come.
    [[nodiscard]] bool is_open() const noexcept { return bool{pipe_}; }

    /// What to poll for: the pipe, or the target while it has yet to take what came through the
    /// pipe.
    [[nodiscard]] CELLOS_DECL pollfd waited() const noexcept;

    /// Moves bytes after poll has reported readiness. True if there may be more right away.
    /// `dropped` is set if bytes were beyond the budget or the limit of the text.
    CELLOS_DECL bool pump(OutputBudget& budget, bool& dropped);

    /// Reads what is left in the pipe after the workload has ended, but no more than a pipe can
    /// hold: a background process that keeps writing must not hold up the caller. Waits for a
    /// target until `deadline` at most. Closes the stream.
    CELLOS_DECL void drain(OutputBudget& budget, bool& dropped, Clock::time_point deadline);

private:
    /// For a file the best of all: a splice to it keeps the pipe locked while it writes, so that
    /// the workload has to wait, and larger steps leave the processor's cache.
    static constexpr std::size_t copied_at_once = std::size_t{256} << 10;
    static constexpr std::size_t spliced_at_once = std::size_t{1} << 20;
    /// A splice to a pipe moves pages as they are, and 16 of them fill it, be there a single byte
    /// in each. Where so much waits they are full, and the pipe could not have held it all anyway.
    static constexpr std::size_t spliced_from = std::size_t{64} << 10;

    [[nodiscard]] static Result<OutputStream> open(Descriptor pipe);
    [[nodiscard]] bool waits_for_target() const noexcept;
    bool close() noexcept;
    bool fail(int error) noexcept;
    bool copy(OutputBudget& budget, bool& dropped);
    bool deliver();
    [[nodiscard]] bool wait_for_target(Clock::time_point deadline);

    Descriptor pipe_; ///< empty when there is no stream or all of it was read
    std::string* text_ = nullptr;
    std::size_t text_limit_ = 0;
    int target_ = -1;
    bool splices_ = false;
    bool target_is_full_ = false; ///< of what could be spliced
    int error_ = 0;
    std::uint64_t taken_ = 0; ///< out of the pipe
    std::unique_ptr<char[]> buffer_{};
    std::string_view pending_{}; ///< the part of the buffer that the target has not taken yet
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/output_stream.ipp>
#endif
