#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>

#include <memory>

namespace cellos::inline CELLOS_ABI::os {

namespace detail {
struct Unforked;
}
struct UnforkedPipe;

/// As make_pipe(); the error is Host.
[[nodiscard]] CELLOS_DECL Result<UnforkedPipe> make_unforked_pipe();

/// Owns the write end of a pipe, which processes that this program forks (fork(3)) don't get: one
/// of them, which knows nothing of the pipe, would keep its reader from seeing the end. Closed in
/// the child by a handler of pthread_atfork(3), which the first pipe installs. Movable; for one
/// thread at a time, but any may fork.
class UnforkedDescriptor {
public:
    /// None.
    CELLOS_DECL UnforkedDescriptor() noexcept;
    CELLOS_DECL UnforkedDescriptor(UnforkedDescriptor&&) noexcept;
    CELLOS_DECL UnforkedDescriptor& operator=(UnforkedDescriptor&&) noexcept;
    CELLOS_DECL ~UnforkedDescriptor();

    /// -1: none.
    [[nodiscard]] CELLOS_DECL int get() const noexcept;
    [[nodiscard]] explicit operator bool() const noexcept { return get() >= 0; }
    CELLOS_DECL void reset() noexcept;

private:
    friend Result<UnforkedPipe> make_unforked_pipe();
    std::unique_ptr<detail::Unforked> held_;
};

/// While it lives, nobody forks (fork(3)): calls wait. For what takes no longer than a fork does.
/// This thread makes and closes no UnforkedDescriptor meanwhile.
class ForkPause {
public:
    CELLOS_DECL ForkPause();
    ForkPause(const ForkPause&) = delete;
    ForkPause& operator=(const ForkPause&) = delete;
    CELLOS_DECL ~ForkPause();
};

struct UnforkedPipe {
    Descriptor read_end;
    UnforkedDescriptor write_end;
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/unforked_descriptor.ipp>
#endif
