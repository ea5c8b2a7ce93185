#pragma once

#include "contestant.hpp"

#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/// @file
/// Where the stdout of a run goes, and what is timed there. What waits for output is a thread of
/// its own, so that whoever runs the workload may block.

namespace cellos_bench {

class Outlet {
public:
    Outlet() = default;
    Outlet(const Outlet&) = delete;
    Outlet& operator=(const Outlet&) = delete;
    virtual ~Outlet() = default;

    /// Stays this object's.
    [[nodiscard]] virtual int write_end() const noexcept = 0;
    /// Once all that could write has ended: adds what was timed of a run that began at `start`.
    /// Throws if less came than should.
    virtual void finish(Clock::time_point start, Sample& sample) = 0;
};

/// Notes when the first byte comes out of a pipe.
class FirstByte final : public Outlet {
public:
    FirstByte()
        : pipe_{cellos::os::make_pipe().value()}, reader_{[this] {
              char byte = 0;
              if (::read(pipe_.read_end.get(), &byte, 1) == 1) at_ = Clock::now();
          }} {}
    ~FirstByte() override { join(); }

    [[nodiscard]] int write_end() const noexcept override { return pipe_.write_end.get(); }

    void finish(Clock::time_point start, Sample& sample) override {
        join();
        if (!at_) throw std::runtime_error{"no output came"};
        sample.to_first_byte = *at_ - start;
    }

private:
    void join() {
        pipe_.write_end.reset();
        if (reader_.joinable()) reader_.join();
    }

    cellos::os::Pipe pipe_;
    std::optional<Clock::time_point> at_{};
    std::thread reader_;
};

inline void require_all(std::size_t came, std::size_t expected) {
    if (came == expected) return;
    throw std::runtime_error{
        std::to_string(came) + " bytes of " + std::to_string(expected) + " came"};
}

/// Reads a pipe, of the size that the kernel gives it, to its end. Bytes flow from the return of
/// the first read(2) to that of the last, and those of the first are not among them.
class DrainedPipe final : public Outlet {
public:
    explicit DrainedPipe(std::size_t expected)
        : expected_{expected},
          pipe_{cellos::os::make_pipe().value()},
          reader_{[this] { drain(); }} {}
    ~DrainedPipe() override { join(); }

    [[nodiscard]] int write_end() const noexcept override { return pipe_.write_end.get(); }

    void finish(Clock::time_point /*start*/, Sample& sample) override {
        join();
        require_all(came_, expected_);
        sample.flow = {.bytes = came_ - in_first_, .time = last_ - first_};
    }

private:
    void drain() {
        std::vector<char> room(std::size_t{1} << 20);
        for (;;) {
            const auto got = cellos::os::retry_on_interrupt([&] {
                return ::read(pipe_.read_end.get(), room.data(), room.size());
            });
            if (got <= 0) return;
            last_ = Clock::now();
            if (came_ == 0) {
                first_ = last_;
                in_first_ = static_cast<std::size_t>(got);
            }
            came_ += static_cast<std::size_t>(got);
        }
    }
    void join() {
        pipe_.write_end.reset();
        if (reader_.joinable()) reader_.join();
    }

    std::size_t expected_;
    cellos::os::Pipe pipe_;
    Clock::time_point first_{};
    Clock::time_point last_{};
    std::size_t in_first_ = 0;
    std::size_t came_ = 0;
    std::thread reader_;
};

/// Where files that take output are made: in memory, so that no disk is measured.
inline constexpr const char* file_directory = "/dev/shm";

/// A nameless file in `file_directory`. Bytes flow from when it first grew, as inotify(7) tells, to
/// its time of last modification, which the kernel keeps to a tick of some milliseconds.
class GrowingFile final : public Outlet {
public:
    explicit GrowingFile(std::size_t expected)
        : expected_{expected},
          file_{cellos::os::open_at(AT_FDCWD, file_directory, O_TMPFILE | O_RDWR, S_IRUSR | S_IWUSR)
                    .value()},
          notify_{::inotify_init1(IN_CLOEXEC)},
          over_{cellos::os::make_event().value()} {
        struct statfs system {};
        if (::fstatfs(file_.get(), &system) != 0 || system.f_type != TMPFS_MAGIC)
            throw std::runtime_error{std::string{file_directory} + " is no tmpfs"};
        // Once, so that nobody is told of later writes.
        const auto path = "/proc/self/fd/" + std::to_string(file_.get());
        if (::inotify_add_watch(notify_.get(), path.c_str(), IN_MODIFY | IN_ONESHOT) == -1)
            throw std::runtime_error{cellos::os::failure("inotify").value().what()};
        watcher_ = std::thread{[this] { watch(); }};
    }
    ~GrowingFile() override { join(); }

    [[nodiscard]] int write_end() const noexcept override { return file_.get(); }

    void finish(Clock::time_point /*start*/, Sample& sample) override {
        join();
        const struct stat now = status();
        require_all(static_cast<std::size_t>(now.st_size), expected_);
        if (!first_) throw std::runtime_error{"nobody was told that the file grew"};
        const auto last = std::chrono::seconds{now.st_mtim.tv_sec} +
                          std::chrono::nanoseconds{now.st_mtim.tv_nsec};
        sample.flow = {.bytes = expected_ - in_first_, .time = last - first_->time_since_epoch()};
    }

private:
    void watch() {
        std::array<pollfd, 2> either{{{notify_.get(), POLLIN, 0}, {over_.get(), POLLIN, 0}}};
        static_cast<void>(cellos::os::retry_on_interrupt([&] {
            return ::poll(either.data(), either.size(), -1);
        }));
        if ((either[0].revents & POLLIN) == 0) return;
        first_ = std::chrono::system_clock::now(); // the clock of files
        in_first_ = static_cast<std::size_t>(status().st_size);
    }
    [[nodiscard]] struct stat status() const {
        struct stat now {};
        ::fstat(file_.get(), &now);
        return now;
    }
    void join() {
        cellos::os::Raise{over_.get()}();
        if (watcher_.joinable()) watcher_.join();
    }

    std::size_t expected_;
    cellos::os::Descriptor file_;
    cellos::os::Descriptor notify_;
    cellos::os::Descriptor over_;
    std::optional<std::chrono::system_clock::time_point> first_{};
    std::size_t in_first_ = 0;
    std::thread watcher_{};
};

/// Null for output that does not go to a descriptor of ours.
[[nodiscard]] inline std::unique_ptr<Outlet> make_outlet(const Workload& workload) {
    switch (workload.output) {
    case Output::FirstByte: return std::make_unique<FirstByte>();
    case Output::Pipe: return std::make_unique<DrainedPipe>(workload.bytes);
    case Output::File: return std::make_unique<GrowingFile>(workload.bytes);
    case Output::Dropped:
    case Output::Captured: break;
    }
    return nullptr;
}

} // namespace cellos_bench
