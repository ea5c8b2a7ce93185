// The agent's side of a channel, by hand: what a sandbox receives there, and what it says.
#pragma once

#include <cellos/host/sandbox/agent/channel.hpp>
#include <cellos/host/sandbox/agent/input_list.hpp>
#include <cellos/host/sandbox/agent/request.hpp>
#include <cellos/host/sandbox/agent/wire.hpp>
#include <cellos/os/descriptor.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/socket.h>

namespace cellos_tests {

/// Takes bytes apart in the order in which they came.
class Reader {
public:
    explicit Reader(std::string_view bytes) : rest_{bytes} {}

    template <class T>
    T take() {
        T value;
        std::memcpy(static_cast<void*>(&value), bytes(sizeof value).data(), sizeof value);
        return value;
    }

    std::string_view bytes(std::size_t count) {
        if (rest_.size() < count) throw std::runtime_error{"the message is too short"};
        const auto taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }

    /// Without the NUL at its end.
    std::string_view string() {
        const std::size_t end = rest_.find('\0');
        if (end == rest_.npos) throw std::runtime_error{"a string has no end"};
        const auto taken = bytes(end);
        rest_.remove_prefix(1);
        return taken;
    }

    [[nodiscard]] bool empty() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

class AgentEnd {
public:
    explicit AgentEnd(cellos::os::Descriptor socket) : socket_{std::move(socket)} {}

    /// Takes up to `most` bytes that are there, and what descriptors come with them. False: none.
    bool receive(std::size_t most = std::size_t{64} << 10) {
        std::string bytes(most, '\0');
        alignas(cmsghdr) std::array<char, CMSG_SPACE(16 * sizeof(int))> control{};
        iovec part{bytes.data(), bytes.size()};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        const ssize_t got = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (got <= 0) return false;
        for (auto* at = CMSG_FIRSTHDR(&message); at != nullptr; at = CMSG_NXTHDR(&message, at)) {
            std::vector<int> numbers((at->cmsg_len - CMSG_LEN(0)) / sizeof(int));
            std::memcpy(numbers.data(), CMSG_DATA(at), numbers.size() * sizeof(int));
            descriptors_at.push_back(received.size());
            for (const int number : numbers) descriptors.emplace_back(number);
        }
        received.append(bytes, 0, static_cast<std::size_t>(got));
        return true;
    }

    /// Whether all of it could be said at once.
    bool say(std::string_view bytes) const {
        return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size());
    }
    bool say(const cellos::sandbox::agent::Tell& tell) const { return say(bytes_of(tell)); }

    /// With descriptors, as no agent does.
    bool say(std::string_view bytes, std::span<const int> passed) const {
        std::vector<char> control(CMSG_SPACE(passed.size_bytes()));
        iovec part{const_cast<char*>(bytes.data()), bytes.size()};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* const rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(passed.size_bytes());
        std::memcpy(CMSG_DATA(rights), passed.data(), passed.size_bytes());
        return ::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size());
    }

    static std::string_view bytes_of(const cellos::sandbox::agent::Tell& tell) {
        return {reinterpret_cast<const char*>(&tell), sizeof tell};
    }

    [[nodiscard]] int socket() const { return socket_.get(); }
    void close() { socket_.reset(); }

    std::string received{};
    std::vector<cellos::os::Descriptor> descriptors{};
    std::vector<std::size_t> descriptors_at{}; ///< each time some came: how many bytes had before

private:
    cellos::os::Descriptor socket_;
};

struct Talk {
    cellos::sandbox::agent::Channel host{};
    AgentEnd agent;

    Talk() : Talk{cellos::sandbox::agent::Channel::make().value()} {}

    /// Until nothing more is to be sent, and all of it has come.
    void pass_on() {
        do {
            if (host.pump().value()) throw std::runtime_error{"nothing was told"};
            while (agent.receive()) {
            }
        } while ((host.waited().events & POLLOUT) != 0);
        while (agent.receive()) {
        }
    }

private:
    explicit Talk(cellos::sandbox::agent::Channel::Ends ends)
        : host{std::move(ends.host)}, agent{std::move(ends.agent)} {}
};

/// The first request that stores these inputs, which is the only one of a few files. They must
/// outlive it.
inline cellos::Result<cellos::sandbox::agent::Request> put_inputs(
    std::uint32_t id, std::span<const cellos::InputFile> inputs
) {
    auto list = cellos::sandbox::agent::InputList::of(inputs);
    if (!list) return cellos::failure_of(list);
    return list->next(id);
}

/// All that an agent receives of this request: its head and its body.
inline std::string sent_bytes(cellos::sandbox::agent::Request request) {
    Talk talk;
    talk.host.send(std::move(request));
    talk.pass_on();
    return std::move(talk.agent.received);
}

} // namespace cellos_tests
