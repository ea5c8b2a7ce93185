#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/sandbox/agent/request.hpp>
#include <cellos/host/sandbox/agent/wire.hpp>
#include <cellos/os/descriptor.hpp>

#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>

#include <poll.h>

namespace cellos::inline CELLOS_ABI::sandbox::agent {

/// The supervising process's end of the socket to an agent. Nothing here blocks, and nothing that a
/// sandbox sends is taken but Tells, one at a time. Move-only; for one thread at a time.
class Channel {
public:
    /// None: nothing can be sent, and nothing comes.
    Channel() noexcept = default;

    /// Both ends; `agent` is to become the agent's stdin.
    struct Ends;
    [[nodiscard]] CELLOS_DECL static Result<Ends> make();

    /// Sends the request after those that came before, as far as that goes at once; pump() goes on
    /// with it.
    CELLOS_DECL void send(Request request);

    /// What to poll for: a Tell, and room for what is still to be sent.
    [[nodiscard]] CELLOS_DECL pollfd waited() const noexcept;

    /// Moves on what poll has reported. Nothing: no Tell has come. SandboxFailed: the sandbox has
    /// closed its end, or sent what no agent sends; nothing will come any more, and what was not
    /// sent is dropped with its descriptors.
    [[nodiscard]] CELLOS_DECL Result<std::optional<Tell>> pump();

private:
    explicit Channel(os::Descriptor socket);

    void flush();
    void give_up_sending();
    [[nodiscard]] bool send_first();
    [[nodiscard]] bool send_head();
    [[nodiscard]] bool send_bytes(std::string_view& bytes);
    [[nodiscard]] bool send_file(Request::FilePart& part);

    static constexpr std::size_t step = std::size_t{64} << 10;

    os::Descriptor socket_;
    std::deque<Request> requests_{};      ///< the first one is being sent
    std::deque<Request::Piece> pieces_{}; ///< what is left of it
    bool head_is_sent_ = false;
    std::unique_ptr<char[]> buffer_{};
    std::string_view pending_{}; ///< in the buffer: of a file
    std::array<std::byte, sizeof(Tell)> tell_{};
    std::size_t tell_size_ = 0; ///< how much of it has come
};

struct Channel::Ends {
    Channel host{};
    os::Descriptor agent{};
};

} // namespace cellos::inline CELLOS_ABI::sandbox::agent

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/agent/channel.ipp>
#endif
