#pragma once

#include <csignal>

#include <sys/resource.h>

namespace cellos_tests {

/// Another soft limit of this process, for the time being: few descriptors, or files that may not
/// grow, as on a disk that is full. What would be a SIGXFSZ is an error of the write instead.
class SoftLimit {
public:
    SoftLimit(decltype(RLIMIT_NOFILE) resource, rlim_t value) : resource_{resource} {
        ::getrlimit(resource_, &before_);
        const rlimit changed{value, before_.rlim_max};
        ::setrlimit(resource_, &changed);
    }
    SoftLimit(const SoftLimit&) = delete;
    SoftLimit& operator=(const SoftLimit&) = delete;
    ~SoftLimit() {
        ::setrlimit(resource_, &before_);
        std::signal(SIGXFSZ, handler_);
    }

private:
    decltype(RLIMIT_NOFILE) resource_;
    rlimit before_{};
    void (*handler_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

} // namespace cellos_tests
