#pragma once

#include <cerrno>
#include <csignal>

#include <sys/wait.h>

namespace cellos_tests {

/// Makes this program one that ignores SIGCHLD, or that reaps every child that it finds, for the
/// time being.
class CarelessParent {
public:
    enum class Way { Ignores, ReapsAll };

    explicit CarelessParent(Way way)
        : before_{std::signal(SIGCHLD, way == Way::Ignores ? SIG_IGN : &reap_all)} {}
    CarelessParent(const CarelessParent&) = delete;
    CarelessParent& operator=(const CarelessParent&) = delete;
    ~CarelessParent() { std::signal(SIGCHLD, before_); }

private:
    static void reap_all(int) {
        const int error = errno;
        while (::waitpid(-1, nullptr, WNOHANG) > 0) {
        }
        errno = error;
    }

    void (*before_)(int);
};

} // namespace cellos_tests
