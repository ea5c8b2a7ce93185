// The agent as process 1 of namespaces of this machine, without a sandbox, and somebody to talk to
// it.
#pragma once

#include "support/temporary_directory.hpp"

#include <cellos/host/sandbox/agent/wire.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cellos_test {

namespace wire = cellos::sandbox::agent;
using cellos::os::Descriptor;

/// Another agent than the one of this build, and what runs it: see CMakeLists.txt.
[[nodiscard]] inline std::string agent_file() {
    const char* other = std::getenv("CELLOS_TEST_OTHER_AGENT");
    return other != nullptr ? other : CELLOS_TEST_AGENT;
}

/// Empty: the agent is a program of this machine.
[[nodiscard]] inline std::string emulator() {
    const char* given = std::getenv("CELLOS_TEST_EMULATOR");
    return given != nullptr ? given : "";
}

struct Request {
    std::vector<std::string> arguments{};
    std::vector<std::string> variables{"PATH=/usr/bin:/bin:/"};
    std::string directory = "/";
    std::string hostname = "cell";
    std::vector<wire::Limit> limits{};
    bool merged = false;
    wire::Leftovers leftovers = wire::Leftovers::EndAll;
    std::optional<std::uint32_t> uid{}; ///< absent: the cell's
};

template <class T>
[[nodiscard]] std::string bytes_of(const T& value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// What was told and written from the start of a command to its end.
struct End {
    wire::Tell told{}; ///< Ended or Failed
    std::string output{};
    std::string errors{};
};

class AgentProcess {
public:
    struct Options {
        std::uint32_t user = 1000;
        std::vector<std::string> prepare{};
    };

    AgentProcess() : AgentProcess{Options{}} {}

    explicit AgentProcess(const Options& options) : user_{options.user} {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) fail("socketpair");
        socket_ = Descriptor{ends[0]};
        const Descriptor theirs{ends[1]};
        std::vector<std::string> arguments;
        if (const auto program = emulator(); !program.empty()) arguments.push_back(program);
        for (const auto& argument :
             {std::string{"/agent"}, std::to_string(user_), std::to_string(user_)})
            arguments.push_back(argument);
        arguments.insert(arguments.end(), options.prepare.begin(), options.prepare.end());
        process_ = static_cast<pid_t>(::syscall(
            SYS_clone,
            CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | SIGCHLD,
            nullptr,
            nullptr,
            nullptr,
            nullptr
        ));
        if (process_ < 0) fail("clone");
        if (process_ == 0) become_agent(theirs.get(), arguments);
    }

    AgentProcess(const AgentProcess&) = delete;
    AgentProcess& operator=(const AgentProcess&) = delete;

    ~AgentProcess() {
        socket_.reset();
        if (process_ > 0 && !wait()) ::kill(process_, SIGKILL), ::waitpid(process_, nullptr, 0);
    }

    // --- What the host says -------------------------------------------------------------------

    void send(std::string_view bytes, const std::vector<int>& descriptors = {}) {
        iovec part{const_cast<char*>(bytes.data()), bytes.size()};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        std::vector<char> control(CMSG_SPACE(sizeof(int) * descriptors.size()));
        if (!descriptors.empty()) {
            message.msg_control = control.data();
            message.msg_controllen = control.size();
            cmsghdr* header = CMSG_FIRSTHDR(&message);
            header->cmsg_level = SOL_SOCKET;
            header->cmsg_type = SCM_RIGHTS;
            header->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
            std::memcpy(CMSG_DATA(header), descriptors.data(), sizeof(int) * descriptors.size());
        }
        const auto sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
        if (sent < 0) fail("sendmsg");
        const auto rest = bytes.substr(static_cast<std::size_t>(sent));
        if (!rest.empty() && !cellos::os::write_all(socket_.get(), rest)) fail("write");
    }

    [[nodiscard]] static std::string message(
        wire::Verb verb, std::string_view body, std::uint32_t id
    ) {
        return bytes_of(wire::Head{.verb = verb, .bytes = body.size(), .id = id}).append(body);
    }

    [[nodiscard]] std::string body_of(const Request& request) const {
        const std::uint32_t uid = request.uid.value_or(user_);
        std::string body = bytes_of(wire::Exec{
            .uid = uid,
            .gid = uid,
            .limits = static_cast<std::uint32_t>(request.limits.size()),
            .arguments = static_cast<std::uint32_t>(request.arguments.size()),
            .variables = static_cast<std::uint32_t>(request.variables.size()),
            .merged = request.merged ? 1U : 0U,
            .leftovers = request.leftovers});
        for (const auto& limit : request.limits) body += bytes_of(limit);
        const auto add = [&](const std::string& text) { body.append(text).push_back('\0'); };
        add(request.hostname);
        add(request.directory);
        for (const auto& argument : request.arguments) add(argument);
        for (const auto& variable : request.variables) add(variable);
        return body;
    }

    /// Returns the id of the command.
    std::uint32_t exec(const Request& request, const std::vector<int>& descriptors) {
        send(message(wire::Verb::Exec, body_of(request), ++last_id_), descriptors);
        return last_id_;
    }

    void signal(std::uint32_t id, std::uint32_t number) {
        send(message(wire::Verb::Signal, bytes_of(wire::Signal{.number = number}), id));
    }

    struct Stored {
        std::string name{};
        std::string content{};
        std::uint32_t mode = 0444;
    };

    wire::Tell put(wire::Directory directory, const std::vector<Stored>& files) {
        std::string body = bytes_of(wire::Put{
            .directory = directory,
            .files = static_cast<std::uint32_t>(files.size()),
            .uid = user_,
            .gid = user_});
        for (const auto& file : files) {
            body += bytes_of(wire::File{
                .bytes = file.content.size(),
                .path_bytes = static_cast<std::uint32_t>(file.name.size() + 1),
                .mode = file.mode});
            body.append(file.name).push_back('\0');
            body += file.content;
        }
        send(message(wire::Verb::Put, body, ++last_id_));
        return told();
    }

    // --- What the agent says ------------------------------------------------------------------

    /// Throws after 20 s, or if the agent has gone.
    wire::Tell told() {
        wire::Tell tell;
        auto* at = reinterpret_cast<char*>(&tell);
        for (std::size_t left = sizeof tell; left > 0;) {
            await(socket_.get());
            const auto got = ::read(socket_.get(), at, left);
            if (got <= 0) throw std::runtime_error{"the agent has gone"};
            at += got;
            left -= static_cast<std::size_t>(got);
        }
        if (tell.magic != wire::magic) throw std::runtime_error{"not a Tell"};
        return tell;
    }

    void hang_up() { socket_.reset(); }

    /// Nothing more comes, and the agent ends with this code; absent: not within 20 s.
    std::optional<int> wait() {
        const Descriptor pidfd{static_cast<int>(::syscall(SYS_pidfd_open, process_, 0))};
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        if (!cellos::os::wait_readable(pidfd.get(), deadline)) return std::nullopt;
        int status = 0;
        if (::waitpid(process_, &status, 0) != process_) return std::nullopt;
        process_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

    /// Starts a command, reads all that it writes, and what is told of it.
    End run(const Request& request, std::string_view input = {}) {
        Descriptor ends[3][2];
        for (auto& pair : ends) {
            auto pipe = cellos::os::make_pipe().value();
            pair[0] = std::move(pipe.read_end);
            pair[1] = std::move(pipe.write_end);
        }
        exec(request, {ends[0][0].get(), ends[1][1].get(), ends[2][1].get()});
        ends[0][0].reset();
        ends[1][1].reset();
        ends[2][1].reset();
        if (!input.empty() && !cellos::os::write_all(ends[0][1].get(), input)) fail("write");
        ends[0][1].reset();
        return follow(ends[1][0].get(), ends[2][0].get());
    }

    End run(std::initializer_list<const char*> arguments) {
        return run(Request{.arguments = {arguments.begin(), arguments.end()}});
    }

    /// Until both streams and the command have ended.
    End follow(int output, int errors) {
        End end;
        end.told = told();
        pollfd files[3]{{output, POLLIN, 0}, {errors, POLLIN, 0}, {socket_.get(), POLLIN, 0}};
        if (end.told.kind != wire::Kind::Started) files[2].fd = -1;
        std::string* const texts[2]{&end.output, &end.errors};
        std::string buffer(std::size_t{1} << 20, '\0');
        while (files[0].fd >= 0 || files[1].fd >= 0 || files[2].fd >= 0) {
            if (::poll(files, 3, 20'000) <= 0) throw std::runtime_error{"the command hangs"};
            for (int i = 0; i < 2; ++i) {
                if (files[i].revents == 0) continue;
                const auto got = ::read(files[i].fd, buffer.data(), buffer.size());
                if (got <= 0)
                    files[i].fd = -1;
                else
                    texts[i]->append(buffer, 0, static_cast<std::size_t>(got));
            }
            if (files[2].revents != 0) {
                end.told = told();
                files[2].fd = -1;
            }
        }
        return end;
    }

    [[nodiscard]] std::uint32_t user() const { return user_; }
    [[nodiscard]] pid_t process() const { return process_; }

private:
    [[noreturn]] static void fail(const std::string& what) {
        throw std::runtime_error{what + ": " + std::strerror(errno)};
    }

    static void await(int file) {
        pollfd waited{file, POLLIN, 0};
        if (::poll(&waited, 1, 20'000) <= 0) throw std::runtime_error{"the agent says nothing"};
    }

    // In the child. A root of its own, so that nothing of this machine's is touched.
    void become_agent(int socket, const std::vector<std::string>& arguments) const {
        const auto must = [](int result) {
            if (result < 0) ::_exit(101);
        };
        const std::string root = root_.path().native();
        must(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr));
        must(::mount("agent", root.c_str(), "tmpfs", 0, "mode=755"));
        for (const char* place : {"usr", "bin", "sbin", "lib", "lib64", "etc", "dev"}) {
            const std::string from = std::string{"/"} + place, to = root + from;
            struct stat found {};
            if (::lstat(from.c_str(), &found) != 0) continue;
            if (S_ISLNK(found.st_mode)) {
                char target[256]{};
                must(static_cast<int>(::readlink(from.c_str(), target, sizeof target - 1)));
                must(::symlink(target, to.c_str()));
                continue;
            }
            must(::mkdir(to.c_str(), 0755));
            must(::mount(from.c_str(), to.c_str(), nullptr, MS_BIND | MS_REC, nullptr));
        }
        for (const char* place : {"/proc", "/tmp", "/inputs", "/run", "/run/secrets"})
            must(::mkdir((root + place).c_str(), 0755));
        must(::mount("proc", (root + "/proc").c_str(), "proc", 0, nullptr));
        must(::mount("tmp", (root + "/tmp").c_str(), "tmpfs", 0, "mode=1777"));
        const std::string agent = "uid=" + std::to_string(wire::agent_uid(user_));
        const std::string owner = "size=4m,mode=700,uid=" + std::to_string(user_);
        must(::mount(
            "inputs", (root + "/inputs").c_str(), "tmpfs", 0, ("size=8m,mode=755," + agent).c_str()
        ));
        must(::mount("secrets", (root + "/run/secrets").c_str(), "tmpfs", 0, owner.c_str()));
        for (const auto& [from, to] :
             {std::pair<std::string, const char*>{agent_file(), "/agent"},
              std::pair<std::string, const char*>{CELLOS_TEST_WORKLOAD, "/workload"}}) {
            std::error_code error;
            std::filesystem::copy_file(from, root + to, error);
            if (error) ::_exit(102);
        }
        must(::chroot(root.c_str()));
        must(::chdir("/"));
        // As a bundle has it. What is executed as user 0 gets what the bounding set has.
        constexpr int kept[]{CAP_SETUID, CAP_SETGID, CAP_SETPCAP, CAP_KILL, CAP_SYS_ADMIN};
        for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability) >= 0; ++capability) {
            bool keep = false;
            for (const int each : kept) keep = keep || each == capability;
            if (!keep) must(::prctl(PR_CAPBSET_DROP, capability));
        }
        must(::dup2(socket, 0));
        const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        must(::dup2(null, 1));
        must(::dup2(null, 2));
        std::vector<char*> words;
        for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
        words.push_back(nullptr);
        char path[] = "PATH=/usr/bin:/bin:/";
        char* variables[]{path, nullptr};
        ::execve(words.front(), words.data(), variables);
        ::_exit(103);
    }

    TemporaryDirectory root_{};
    std::uint32_t user_;
    Descriptor socket_{};
    pid_t process_ = -1;
    std::uint32_t last_id_ = 0;
};

} // namespace cellos_test

// Root is needed for users other than one's own.
#define CELLOS_NEEDS_AN_AGENT()                                                                    \
    if (::geteuid() != 0) CELLOS_SKIP("only root can be several users in a PID namespace")
