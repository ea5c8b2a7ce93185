#pragma once

#include <cellos/os/wait.hpp>

#include <array>
#include <csignal>
#include <stop_token>
#include <thread>
#include <utility>

#include <poll.h>
#include <sys/signalfd.h>

namespace cellos_run {

/// Turns SIGINT, SIGTERM and SIGHUP into a stop request, so that the cell is destroyed before this
/// program ends. Must exist before any other thread does: threads inherit the blocked signals.
class TerminationSignals {
public:
    TerminationSignals() {
        sigset_t signals;
        ::sigemptyset(&signals);
        for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&signals, number);
        ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
        auto done = cellos::os::make_event();
        cellos::os::Descriptor arrivals{::signalfd(-1, &signals, SFD_CLOEXEC)};
        if (!done || !arrivals) return; // the signals then wait until the cell has ended by itself
        done_ = std::move(*done);
        waiter_ = std::jthread{[this, arrivals = std::move(arrivals)] {
            std::array<pollfd, 2> waited{{{arrivals.get(), POLLIN, 0}, {done_.get(), POLLIN, 0}}};
            while (::poll(waited.data(), waited.size(), -1) == -1) {
            }
            if (waited[0].revents != 0) source_.request_stop();
        }};
    }
    TerminationSignals(const TerminationSignals&) = delete;
    TerminationSignals& operator=(const TerminationSignals&) = delete;
    ~TerminationSignals() { cellos::os::Raise{done_.get()}(); }

    [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }

private:
    std::stop_source source_;
    cellos::os::Descriptor done_;
    std::jthread waiter_;
};

} // namespace cellos_run
