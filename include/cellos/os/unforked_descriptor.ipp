#pragma once

#include <cellos/os/unforked_descriptor.hpp>

#include <pthread.h>

#include <cerrno>
#include <mutex>
#include <new>
#include <utility>

#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

namespace detail {

class UnforkedRegister;

// A descriptor in the register, which is a list of these.
struct Unforked {
    explicit Unforked(UnforkedRegister& its_register) noexcept : all{its_register} {}
    Unforked(const Unforked&) = delete;
    Unforked& operator=(const Unforked&) = delete;
    ~Unforked() { close(); }

    void close() noexcept;

    UnforkedRegister& all;
    int fd = -1;
    Unforked* before = nullptr;
    Unforked* after = nullptr;
};

// All of this process. No fork happens while it is locked, so that each sees the whole list.
class UnforkedRegister {
public:
    // Never destroyed: programs fork while they end, too.
    [[nodiscard]] static UnforkedRegister* get() noexcept {
        alignas(UnforkedRegister) static unsigned char place[sizeof(UnforkedRegister)];
        // NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): what forks is global
        static auto* const all = ::new (static_cast<void*>(place)) UnforkedRegister;
        static const int error = ::pthread_atfork(&before_fork, &in_parent, &in_child);
        if (error == 0) return all;
        errno = error;
        return nullptr;
    }

    [[nodiscard]] std::mutex& mutex() noexcept { return mutex_; }

    [[nodiscard]] bool make_pipe(int (&ends)[2], Unforked& write_end) noexcept {
        const std::lock_guard lock{mutex_};
        if (::pipe2(ends, O_CLOEXEC) == -1) return false;
        ends[1] = moved_above_stdio(ends[1]);
        if (ends[1] == -1) return false;
        write_end.fd = ends[1];
        write_end.after = first_;
        if (first_ != nullptr) first_->before = &write_end;
        first_ = &write_end;
        return true;
    }

    void close(Unforked& one) noexcept {
        const std::lock_guard lock{mutex_};
        if (one.fd < 0) return;
        (one.before != nullptr ? one.before->after : first_) = one.after;
        if (one.after != nullptr) one.after->before = one.before;
        ::close(std::exchange(one.fd, -1));
    }

private:
    static void before_fork() noexcept { get()->mutex_.lock(); }
    static void in_parent() noexcept { get()->mutex_.unlock(); }
    // What async-signal-safe calls can do: another thread may have held any other lock.
    static void in_child() noexcept {
        UnforkedRegister& all = *get();
        for (Unforked* one = std::exchange(all.first_, nullptr); one != nullptr; one = one->after)
            ::close(std::exchange(one->fd, -1));
        all.mutex_.unlock();
    }

    std::mutex mutex_;
    Unforked* first_ = nullptr;
};

inline void Unforked::close() noexcept {
    all.close(*this);
}

} // namespace detail

CELLOS_DECL ForkPause::ForkPause() {
    if (auto* const all = detail::UnforkedRegister::get()) all->mutex().lock();
}

CELLOS_DECL ForkPause::~ForkPause() {
    if (auto* const all = detail::UnforkedRegister::get()) all->mutex().unlock();
}

CELLOS_DECL UnforkedDescriptor::UnforkedDescriptor() noexcept = default;
CELLOS_DECL UnforkedDescriptor::UnforkedDescriptor(UnforkedDescriptor&&) noexcept = default;
CELLOS_DECL UnforkedDescriptor& UnforkedDescriptor::operator=(UnforkedDescriptor&&) noexcept =
    default;
CELLOS_DECL UnforkedDescriptor::~UnforkedDescriptor() = default;

CELLOS_DECL int UnforkedDescriptor::get() const noexcept {
    return held_ ? held_->fd : -1;
}

CELLOS_DECL void UnforkedDescriptor::reset() noexcept {
    held_.reset();
}

CELLOS_DECL Result<UnforkedPipe> make_unforked_pipe() {
    constexpr const char* what = "cannot make a pipe";
    auto* const all = detail::UnforkedRegister::get();
    if (all == nullptr) return failure(what);
    UnforkedPipe pipe;
    pipe.write_end.held_ = std::make_unique<detail::Unforked>(*all);
    int ends[2]{-1, -1};
    const bool made = all->make_pipe(ends, *pipe.write_end.held_);
    const int error = errno;
    pipe.read_end = Descriptor{ends[0]};
    if (!made) return failure(what, error);
    if (!pipe.read_end) return failure(what, EMFILE);
    return pipe;
}

} // namespace cellos::inline CELLOS_ABI::os
