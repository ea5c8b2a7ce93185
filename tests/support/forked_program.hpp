#pragma once

#include <cellos/os/descriptor.hpp>

#include <csignal>
#include <new>
#include <stdexcept>
#include <utility>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace cellos_tests {

/// A copy of this program that does `work()` and exits with its result. Ended by the destructor,
/// and when the test program dies. To be made while no other thread runs.
class ForkedProgram {
public:
    template <class Work>
    explicit ForkedProgram(Work&& work) : pid_{::fork()} {
        if (pid_ == -1) throw std::runtime_error{"cannot fork"};
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::_exit(work());
        }
        pidfd_ = cellos::os::Descriptor{static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0))};
    }
    ForkedProgram(ForkedProgram&& other) noexcept
        : pid_{std::exchange(other.pid_, -1)}, pidfd_{std::move(other.pidfd_)} {}
    ForkedProgram& operator=(ForkedProgram&&) = delete;
    ~ForkedProgram() { kill(); }

    /// Readable once the program has ended.
    [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }

    /// SIGKILL; back when the program is dead.
    void kill() {
        if (pid_ == -1) return;
        ::kill(pid_, SIGKILL);
        static_cast<void>(wait());
    }

    /// The exit code, or -1 if a signal ended it.
    int wait() {
        int status = 0;
        static_cast<void>(cellos::os::retry_on_interrupt([&] {
            return ::waitpid(std::exchange(pid_, -1), &status, 0);
        }));
        pidfd_.reset();
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    pid_t pid_;
    cellos::os::Descriptor pidfd_;
};

/// A T that forked programs see as well.
template <class T>
class SharedMemory {
public:
    SharedMemory() {
        void* memory =
            ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc{};
        value_ = ::new (memory) T{};
    }
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;
    ~SharedMemory() { ::munmap(value_, sizeof(T)); }

    T& operator*() const noexcept { return *value_; }
    T* operator->() const noexcept { return value_; }

private:
    T* value_;
};

} // namespace cellos_tests
