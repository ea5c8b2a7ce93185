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

/// How many bytes a workload may still write, all of its streams together.
struct OutputBudget {
    std::uint64_t left = 0;
    bool exceeded = false; ///< more came; it was dropped

    /// How much of `count` there is still room for.
    [[nodiscard]] CELLOS_DECL std::size_t take(std::size_t count) noexcept;
};

/// One output stream of a workload: this side of a pipe, and where what comes through it goes: to a
/// text up to its limit, to a descriptor of the caller's, or nowhere. For one thread at a time.
/// Nothing here blocks but `drain`, and there are no errors after the start: a pipe or a target
/// that fails ends the stream.
class OutputStream {
public:
    /// Nothing comes through it.
    OutputStream() noexcept = default;

    /// Keeps the first `limit` bytes in `text`, which must outlive the stream, and drops the rest.
    /// `pipe` is the read end, which gets O_NONBLOCK. The error is a Host.
    [[nodiscard]] CELLOS_DECL static Result<OutputStream> to_text(
        Descriptor pipe, std::string& text, std::size_t limit
    );

    /// Passes everything on to `target`, which the caller keeps open; -1: drops it.
    [[nodiscard]] CELLOS_DECL static Result<OutputStream> to_descriptor(
        Descriptor pipe, int target
    );

    /// Keeps a first record apart: if the first thing to come begins with `marker` and is `size`
    /// bytes, written at once, it is what first_record() has, marker included, and no output.
    /// Whatever else comes first is output, like all that follows. An empty marker asks for none.
    CELLOS_DECL void take_first_record(std::string marker, std::size_t size);

    /// Empty: none came yet, or what came first was none.
    [[nodiscard]] const std::string& first_record() const noexcept { return first_record_; }

    /// Whether anything can still come.
    [[nodiscard]] bool is_open() const noexcept { return bool{pipe_}; }

    /// What to poll for: the pipe, or the target that has to take what came through it first.
    [[nodiscard]] CELLOS_DECL pollfd waited() const noexcept;

    /// Moves on what poll has reported. True if there may be more at once. `dropped` is set if
    /// something was beyond the text's limit.
    CELLOS_DECL bool pump(OutputBudget& budget, bool& dropped);

    /// Takes what is in the pipe after the workload has ended, and no more than fits a pipe: a
    /// background process that still holds and fills one must not keep the caller. A target may
    /// take until `deadline`. Nothing comes any more after that.
    CELLOS_DECL void drain(OutputBudget& budget, bool& dropped, Clock::time_point deadline);

private:
    static constexpr std::size_t step = std::size_t{64} << 10;

    [[nodiscard]] static Result<OutputStream> open(Descriptor pipe);
    [[nodiscard]] bool waits_for_target() const noexcept;
    bool close() noexcept;
    bool copy(OutputBudget& budget, bool& dropped);
    bool deliver();
    [[nodiscard]] bool wait_for_target(Clock::time_point deadline);

    Descriptor pipe_; ///< empty when nothing comes this way or all was read
    std::string* text_ = nullptr;
    std::size_t text_limit_ = 0;
    int target_ = -1;
    bool splices_ = false;
    bool target_is_full_ = false; ///< of what could be spliced
    std::unique_ptr<char[]> buffer_{};
    std::string_view pending_{}; ///< in the buffer: what the target has not taken yet
    std::string marker_{};       ///< empty once the first thing has come
    std::size_t first_record_size_ = 0;
    std::string first_record_{};
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/output_stream.ipp>
#endif
