#pragma once

#include <cellos/core/stdio.hpp>
#include <cellos/os/descriptor.hpp>

#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include <unistd.h>

namespace cellos_tests {

/// Reads what a workload writes, and requests a stop once it has written `line`; then another one
/// once it has written `next`.
class StopWhen {
public:
    StopWhen(std::string line, std::stop_source& stop)
        : StopWhen{std::move(line), stop, {}, stop} {}
    StopWhen(std::string line, std::stop_source& stop, std::string next, std::stop_source& again)
        : pipe_{cellos::os::make_pipe().value()},
          reader_{[this, line = std::move(line), next = std::move(next), &stop, &again] {
              std::string text;
              for (char byte = 0; ::read(pipe_.read_end.get(), &byte, 1) == 1;) {
                  if (byte != '\n') {
                      text += byte;
                      continue;
                  }
                  seen_ += text + '\n';
                  if (text == line) stop.request_stop();
                  if (text == next) again.request_stop();
                  text.clear();
              }
          }} {}
    StopWhen(const StopWhen&) = delete;
    StopWhen& operator=(const StopWhen&) = delete;
    ~StopWhen() { pipe_.write_end.reset(); }

    /// Its stdout is read here.
    [[nodiscard]] cellos::Descriptors streams() const {
        return {.stdout_fd = pipe_.write_end.get()};
    }

    /// Everything that was written, once the workload has ended. To be called once.
    [[nodiscard]] const std::string& seen() {
        pipe_.write_end.reset();
        reader_.join();
        return seen_;
    }

private:
    cellos::os::Pipe pipe_;
    std::string seen_{};
    std::jthread reader_;
};

} // namespace cellos_tests
