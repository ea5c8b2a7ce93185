#pragma once

#include <cellos/host/gvisor/runsc/control_socket.hpp>

#include <charconv>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <system_error>

#include <sys/socket.h>
#include <sys/un.h>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

// A connection to the sandbox, at the address of 2024's runsc or of 2022's.
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

[[nodiscard]] inline bool call_sandbox(const os::Descriptor& socket, const std::string& call) {
    const ssize_t sent = ::send(socket.get(), call.data(), call.size(), MSG_NOSIGNAL);
    return sent == static_cast<ssize_t>(call.size());
}

} // namespace detail

CELLOS_DECL bool signal_by_control_socket(
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
    if (!detail::call_sandbox(socket, call) || !os::wait_readable(socket.get(), deadline))
        return false;
    char answer[256];
    const ssize_t got = ::recv(socket.get(), answer, sizeof answer, 0);
    return got > 0 &&
           std::string_view{answer, static_cast<std::size_t>(got)}.starts_with(R"({"success":true)"
           );
}

CELLOS_DECL WaitRequest WaitRequest::ask(const std::filesystem::path& root, const std::string& id) {
    WaitRequest request;
    request.socket_ = detail::connect_to_sandbox(root, id);
    if (!request.socket_) return request;
    const std::string call = R"({"method":"containerManager.Wait","arg":")" + id + R"("})";
    if (!detail::call_sandbox(request.socket_, call)) request.socket_.reset();
    return request;
}

CELLOS_DECL std::optional<unsigned> WaitRequest::answer() noexcept {
    char text[256];
    const ssize_t got = ::recv(socket_.get(), text, sizeof text, 0);
    socket_.reset();
    if (got <= 0) return std::nullopt;
    constexpr std::string_view lead = R"("result":)";
    const std::string_view line{text, static_cast<std::size_t>(got)};
    const auto found = line.find(lead);
    if (!line.starts_with(R"({"success":true)") || found == line.npos) return std::nullopt;
    unsigned status = 0;
    const char* const end = line.data() + line.size();
    const auto parsed = std::from_chars(line.data() + found + lead.size(), end, status);
    // A number that the end of the text cuts off is not the number.
    if (parsed.ec != std::errc{} || parsed.ptr == end) return std::nullopt;
    return status;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
