#pragma once

#include <cellos/host/sandbox/agent/channel.hpp>
#include <cellos/host/sandbox/agent/tell.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include <sys/socket.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::sandbox::agent {

CELLOS_DECL Result<Channel::Ends> Channel::make() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == -1)
        return os::failure("cannot make a socket for the sandbox");
    return Ends{Channel{os::Descriptor{ends[0]}}, os::Descriptor{ends[1]}};
}

inline Channel::Channel(os::Descriptor socket) : socket_{std::move(socket)} {}

CELLOS_DECL void Channel::send(Request request) {
    if (!socket_) return;
    requests_.push_back(std::move(request));
    flush();
}

CELLOS_DECL pollfd Channel::waited() const noexcept {
    return {socket_.get(), static_cast<short>(requests_.empty() ? POLLIN : POLLIN | POLLOUT), 0};
}

CELLOS_DECL Result<std::optional<Tell>> Channel::pump() {
    flush();
    const auto broken = [this](std::string_view why) {
        socket_.reset();
        give_up_sending();
        return failure(CellosError::Kind::SandboxFailed, std::string{why});
    };
    if (!socket_) return broken("the sandbox has ended");
    const ssize_t got = os::retry_on_interrupt([this] {
        return ::recv(
            socket_.get(), tell_.data() + tell_size_, tell_.size() - tell_size_, MSG_DONTWAIT
        );
    });
    if (got == -1 && errno == EAGAIN) return std::nullopt;
    if (got <= 0) return broken("the sandbox has ended");
    tell_size_ += static_cast<std::size_t>(got);
    if (tell_size_ < tell_.size()) return std::nullopt;
    tell_size_ = 0;
    auto tell = parse_tell(tell_);
    if (!tell) return broken("the sandbox sent what its agent does not send");
    return tell;
}

inline void Channel::flush() {
    while (socket_ && !requests_.empty()) {
        if (send_first()) {
            requests_.pop_front();
            head_is_sent_ = false;
            continue;
        }
        if (errno != EPIPE) return;
        // Nobody reads any more. What was said before is still to be had; then recv tells the end.
        ::shutdown(socket_.get(), SHUT_RDWR);
        give_up_sending();
    }
}

// Whoever is at the other end of a descriptor is to see that nobody will use it.
inline void Channel::give_up_sending() {
    requests_.clear();
    pieces_.clear();
}

// False: not all of it, and errno says why.
inline bool Channel::send_first() {
    if (!head_is_sent_) {
        if (pieces_.empty()) pieces_ = requests_.front().take_pieces();
        if (!send_head()) return false;
        head_is_sent_ = true;
    }
    for (; !pieces_.empty(); pieces_.pop_front()) {
        const bool sent = std::visit(
            [this](auto& piece) {
                if constexpr (std::is_same_v<std::decay_t<decltype(piece)>, std::string_view>)
                    return this->send_bytes(piece);
                else
                    return this->send_file(piece);
            },
            pieces_.front()
        );
        if (!sent) return false;
    }
    return true;
}

// The first byte carries the descriptors; what is left of the head goes as all bytes go.
inline bool Channel::send_head() {
    auto& head = std::get<std::string_view>(pieces_.front());
    auto& descriptors = requests_.front().descriptors;
    iovec bytes{const_cast<char*>(head.data()), head.size()};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    std::array<int, 3> numbers{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof numbers)> control{};
    if (descriptors.front()) {
        std::ranges::transform(descriptors, numbers.begin(), &os::Descriptor::get);
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* const rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof numbers);
        std::memcpy(CMSG_DATA(rights), numbers.data(), sizeof numbers);
    }
    const ssize_t sent = os::retry_on_interrupt([&] {
        return ::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    });
    if (sent <= 0) return false;
    descriptors = {};
    head.remove_prefix(static_cast<std::size_t>(sent));
    if (head.empty()) pieces_.pop_front();
    return true;
}

inline bool Channel::send_bytes(std::string_view& bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = os::retry_on_interrupt([&] {
            return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        });
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

inline bool Channel::send_file(Request::FilePart& part) {
    if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(step);
    for (;;) {
        if (!send_bytes(pending_)) return false;
        if (part.bytes == 0) return true;
        const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(part.bytes, step));
        const ssize_t got =
            os::retry_on_interrupt([&] { return ::read(part.file.get(), buffer_.get(), most); });
        const std::size_t count = got > 0 ? static_cast<std::size_t>(got) : most;
        if (got <= 0) std::memset(buffer_.get(), 0, count);
        pending_ = {buffer_.get(), count};
        part.bytes -= count;
    }
}

} // namespace cellos::inline CELLOS_ABI::sandbox::agent
