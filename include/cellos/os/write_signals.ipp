#pragma once

#include <cellos/os/write_signals.hpp>

#include <pthread.h>

#include <cerrno>
#include <ctime>
#include <initializer_list>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL WriteSignalGuard::WriteSignalGuard() noexcept {
    sigset_t pending;
    ::sigemptyset(&pending);
    ::sigpending(&pending);
    ::sigemptyset(&kept_away_);
    sigset_t both = kept_away_;
    for (const int number : {SIGPIPE, SIGXFSZ}) {
        ::sigaddset(&both, number);
        if (::sigismember(&pending, number) != 1) ::sigaddset(&kept_away_, number);
    }
    ::pthread_sigmask(SIG_BLOCK, &both, &before_);
}

CELLOS_DECL WriteSignalGuard::~WriteSignalGuard() {
    const int error = errno;
    const timespec at_once{};
    ::sigtimedwait(&kept_away_, nullptr, &at_once); // one write causes one of them
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
}

} // namespace cellos::inline CELLOS_ABI::os
