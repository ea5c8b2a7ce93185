#pragma once

#include <cellos/os/child_side.hpp>
#include <cellos/os/network_namespace.hpp>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

namespace detail {

enum class NamespaceStep : std::int32_t { Made, Network, User, Maps };

// What the child says once.
struct NamespaceAnswer {
    NamespaceStep step = NamespaceStep::Made;
    std::int32_t error = 0; ///< errno
    bool has_user_namespace = false;
};

[[nodiscard]] constexpr std::string_view failed_step_text(NamespaceStep step) noexcept {
    switch (step) {
        using enum NamespaceStep;
    case User: return "cannot make a user namespace with a network namespace";
    case Maps: return "cannot map this user into a user namespace";
    case Made:
    case Network: break;
    }
    return "cannot make a network namespace";
}

// What the child needs, prepared before the fork.
struct NamespacePlan {
    int gate = -1;
    std::vector<int> needed{}; ///< the gate
    bool may_use_user_namespace = false;
    std::string uid_map{};
    std::string gid_map{};
};

[[nodiscard]] inline bool write_own(const char* path, std::string_view text) noexcept {
    const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
    return fd != -1 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

[[nodiscard]] inline NamespaceAnswer enter_new_namespace(const NamespacePlan& plan) noexcept {
    using enum NamespaceStep;
    if (::unshare(CLONE_NEWNET) == 0) return {Made, 0, false};
    if (errno != EPERM || !plan.may_use_user_namespace) return {Network, errno};
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) == -1) return {User, errno};
    // A group can only be mapped without setgroups(2), see user_namespaces(7).
    if (!write_own("/proc/self/setgroups", "deny") ||
        !write_own("/proc/self/uid_map", plan.uid_map) ||
        !write_own("/proc/self/gid_map", plan.gid_map))
        return {Maps, errno};
    return {Made, 0, true};
}

// Runs in the child: async-signal-safe calls only. The namespaces exist until the gate is closed.
[[noreturn]] inline void hold_namespace(const NamespacePlan& plan) noexcept {
    close_all_but(plan.needed);
    const NamespaceAnswer answer = enter_new_namespace(plan);
    ::send(plan.gate, &answer, sizeof answer, MSG_NOSIGNAL);
    char end = 0;
    static_cast<void>(retry_on_interrupt([&] { return ::recv(plan.gate, &end, 1, 0); }));
    ::_exit(0);
}

[[nodiscard]] inline Result<NetworkNamespace> namespace_of(pid_t child, int gate) {
    NamespaceAnswer answer{};
    const ssize_t got = retry_on_interrupt([&] { return ::recv(gate, &answer, sizeof answer, 0); });
    if (got != sizeof answer)
        return failure("cannot make a network namespace", got == -1 ? errno : EPROTO);
    if (answer.step != NamespaceStep::Made)
        return failure(failed_step_text(answer.step), answer.error);
    const std::string place = "/proc/" + std::to_string(child) + "/ns/";
    auto network = open_at(AT_FDCWD, (place + "net").c_str(), O_RDONLY);
    if (!network) return failure_of(network);
    NetworkNamespace made{.network = *std::move(network), .user = {}};
    if (answer.has_user_namespace) {
        auto user = open_at(AT_FDCWD, (place + "user").c_str(), O_RDONLY);
        if (!user) return failure_of(user);
        made.user = *std::move(user);
    }
    return made;
}

} // namespace detail

// A child makes it: a process with threads cannot make a user namespace, and a thread that has
// changed its network namespace must not go on.
CELLOS_DECL Result<NetworkNamespace> NetworkNamespace::make() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
        return failure("cannot make a socket pair");
    Descriptor gate{ends[0]};
    Descriptor childs_gate{ends[1]};
    if (!gate || !childs_gate) return failure("cannot make a socket pair", EMFILE);
    const std::string uid = std::to_string(::geteuid());
    const std::string gid = std::to_string(::getegid());
    const detail::NamespacePlan plan{
        .gate = childs_gate.get(),
        .needed = {childs_gate.get()},
        // For root another user namespace would mean other rights.
        .may_use_user_namespace = ::geteuid() != 0,
        .uid_map = uid + ' ' + uid + " 1",
        .gid_map = gid + ' ' + gid + " 1",
    };
    clone_args arguments{}; // without a signal at its end, which the host program would notice
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const auto child = static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
    if (child == 0) detail::hold_namespace(plan);
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (child == -1) return failure("cannot start a process (clone3, Linux 5.3)", error);
    childs_gate.reset();
    auto made = detail::namespace_of(child, gate.get());
    // Not only closed: a process that the program forks meanwhile has a copy, and the child would
    // wait for its end.
    ::shutdown(gate.get(), SHUT_RDWR);
    static_cast<void>(retry_on_interrupt([&] { return ::waitpid(child, nullptr, __WALL); }));
    return made;
}

} // namespace cellos::inline CELLOS_ABI::os
