#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/sandbox/agent/channel.hpp>
#include <cellos/host/sandbox/agent/request.hpp>
#include <cellos/host/sandbox/agent/wire.hpp>
#include <cellos/os/descriptor.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include <poll.h>

namespace cellos::inline CELLOS_ABI::sandbox::agent {

/// A channel that several threads use at once. Each talks to the agent under an id of its own;
/// whichever of them waits takes what has come and hands out what is for others, so that no thread
/// has to do nothing else. Thread-safe.
class Line {
public:
    /// `channel` must outlive the line, and is used through it only.
    explicit Line(Channel& channel) noexcept : channel_{&channel} {}
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    class Call;
    /// To hear what is told under this id, which nobody else uses. The line must outlive it. Host:
    /// no descriptor is left.
    [[nodiscard]] CELLOS_DECL Result<Call> call(std::uint32_t id);

    CELLOS_DECL void send(Request request);

private:
    struct Slot {
        os::Descriptor told{}; ///< raised by other threads
        std::deque<Tell> tells{};
        bool is_answered = false; ///< nothing more will be told
    };

    [[nodiscard]] pollfd waited() const;
    [[nodiscard]] Result<std::optional<Tell>> take(Slot& slot);
    [[nodiscard]] bool hand_out(const Tell& tell, const Slot& taker);
    void forget(std::uint32_t id);

    mutable std::mutex mutex_{};
    Channel* channel_;
    std::map<std::uint32_t, Slot*> slots_{};
    std::set<std::uint32_t> forgotten_{}; // whom something may still be told
    bool is_broken_ = false;
};

/// One conversation on a line. Move-only; for one thread at a time.
class Line::Call {
public:
    CELLOS_DECL Call(Call&&) noexcept;
    CELLOS_DECL Call& operator=(Call&&) noexcept;
    CELLOS_DECL ~Call();

    [[nodiscard]] std::uint32_t id() const noexcept { return id_; }
    /// What to poll for.
    [[nodiscard]] CELLOS_DECL std::array<pollfd, 2> waited() const;
    /// Moves on what poll has reported. Nothing: no Tell has come for this call. SandboxFailed:
    /// none will come any more; see Channel::pump.
    [[nodiscard]] CELLOS_DECL Result<std::optional<Tell>> take();

private:
    friend class Line;
    Call(Line& line, std::uint32_t id, std::unique_ptr<Slot> slot) noexcept;

    Line* line_;
    std::uint32_t id_;
    std::unique_ptr<Slot> slot_;
};

} // namespace cellos::inline CELLOS_ABI::sandbox::agent

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/agent/line.ipp>
#endif
