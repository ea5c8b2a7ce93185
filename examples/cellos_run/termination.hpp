#pragma once

#include <cellos/os/wait.hpp>

#include <array>
#include <csignal>
#include <ctime>
#include <stop_token>
#include <thread>
#include <utility>

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace cellos_run {

/// During its lifetime, turns every signal that would end this program into a stop request, so that
/// the cell is destroyed before the program ends. Before and after, such a signal ends the program
/// as it does any other, whatever that waits for: there is no cell then.
///
/// A SIGINT or SIGQUIT after the first signal is another request: who sits at the terminal wants no
/// grace. Others are not: timeout(1) sends each of its own twice.
///
/// Left alone are signals that this program was started with as ignored or blocked (nohup(1)), that
/// somebody handles (a profiler), and those of faults of the program itself (SIGSEGV and its like).
///
/// Must exist before any other thread does: threads inherit the blocked signals.
class TerminationSignals {
public:
    TerminationSignals() {
        ::pthread_sigmask(SIG_SETMASK, nullptr, &before_);
        signals_ = deadly(before_);
        auto done = cellos::os::make_event();
        cellos::os::Descriptor arrivals{::signalfd(-1, &signals_, SFD_CLOEXEC | SFD_NONBLOCK)};
        if (!done || !arrivals) return; // they end the program at once then, as before
        ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
        done_ = std::move(*done);
        waiter_ = std::jthread{[this, arrivals = std::move(arrivals)] {
            std::array<pollfd, 2> waited{{{arrivals.get(), POLLIN, 0}, {done_.get(), POLLIN, 0}}};
            for (;;) {
                if (::poll(waited.data(), waited.size(), -1) == -1) continue;
                if (waited[1].revents != 0) return;
                signalfd_siginfo arrived{};
                if (::read(arrivals.get(), &arrived, sizeof arrived) != sizeof arrived) continue;
                const bool from_terminal =
                    arrived.ssi_signo == SIGINT || arrived.ssi_signo == SIGQUIT;
                if (!source_.request_stop() && from_terminal) hurry_.request_stop();
            }
        }};
    }
    TerminationSignals(const TerminationSignals&) = delete;
    TerminationSignals& operator=(const TerminationSignals&) = delete;
    ~TerminationSignals() {
        if (!done_) return;
        cellos::os::Raise{done_.get()}();
        waiter_.join();
        // What asked for the end of the cell has it now, and must not lose what is told of it.
        const timespec at_once{};
        while (::sigtimedwait(&signals_, nullptr, &at_once) > 0) {
        }
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

    [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }
    /// Of the next request.
    [[nodiscard]] std::stop_token hurry_token() const noexcept { return hurry_.get_token(); }

private:
    [[nodiscard]] static sigset_t deadly(const sigset_t& blocked) {
        sigset_t signals;
        ::sigemptyset(&signals);
        const auto add = [&](int number) {
            struct sigaction action {};
            if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_DFL &&
                ::sigismember(&blocked, number) == 0)
                ::sigaddset(&signals, number);
        };
        for (const int number :
             {SIGHUP,
              SIGINT,
              SIGQUIT,
              SIGTERM,
              SIGABRT,
              SIGUSR1,
              SIGUSR2,
              SIGALRM,
              SIGVTALRM,
              SIGPROF,
              SIGIO,
              SIGPWR,
              SIGSTKFLT,
              SIGXCPU,
              // Of a write of this program's these two go to the thread that wrote, which gets an
              // error as well.
              SIGPIPE,
              SIGXFSZ})
            add(number);
        for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) add(number);
        return signals;
    }

    std::stop_source source_;
    std::stop_source hurry_;
    sigset_t before_{};
    sigset_t signals_{};
    cellos::os::Descriptor done_;
    std::jthread waiter_;
};

} // namespace cellos_run
