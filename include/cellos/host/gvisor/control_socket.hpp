#pragma once

#include <cellos/host/linux/descriptor.hpp>
#include <cellos/host/linux/wait.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

#include <sys/socket.h>
#include <sys/un.h>

/// @file
/// The socket by which runsc itself talks to a sandbox. Signals reach a workload through it in less
/// than a millisecond, and `runsc kill` takes 15 to 28. It is a private interface of runsc's, so
/// that a "no" from here means only that `runsc kill` has to be tried.

namespace cellos::inline v0::gvisor {

namespace detail {

/// A connection to the sandbox, at the address of 2024's runsc or of 2022's.
[[nodiscard]] inline os::Descriptor connect_to_sandbox(
    const std::filesystem::path& root, const std::string& id
) {
    using namespace std::string_literals;
    const std::string file = (root / ("runsc-" + id + ".sock")).native();
    const std::string abstract = "\0runsc-sandbox."s + id + "\0"s;
    for (const std::string& name : {file, abstract}) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (name.size() > sizeof address.sun_path) continue;
        std::memcpy(address.sun_path, name.data(), name.size());
        os::Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        if (socket &&
            ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0)
            return socket;
    }
    return {};
}

} // namespace detail

/// Sends a signal to the first process of the container `id`, whose runsc has its files in `root`.
/// True once the sandbox says that it was sent; false at the latest when the deadline has passed.
[[nodiscard]] inline bool signal_by_control_socket(
    const std::filesystem::path& root,
    const std::string& id,
    int signal,
    os::Clock::time_point deadline
) {
    // Closed before this returns: an open connection keeps the sandbox from ending.
    const os::Descriptor socket = detail::connect_to_sandbox(root, id);
    if (!socket) return false;
    const std::string call = R"({"method":"containerManager.Signal","arg":{"CID":")" + id +
                             R"(","Signo":)" + std::to_string(signal) + R"(,"PID":0,"Mode":0}})";
    const ssize_t sent = ::send(socket.get(), call.data(), call.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(call.size()) || !os::wait_readable(socket.get(), deadline))
        return false;
    char answer[256];
    const ssize_t got = ::recv(socket.get(), answer, sizeof answer, 0);
    return got > 0 &&
           std::string_view{answer, static_cast<std::size_t>(got)}.starts_with(R"({"success":true)"
           );
}

} // namespace cellos::inline v0::gvisor
