#pragma once

#include <cellos/core/command_document.hpp>
#include <cellos/os/descriptor.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

namespace cellos_bench {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

/// What is run, by each contestant alike.
struct Workload {
    std::string name{};
    std::vector<std::string> argv{};
    bool writes = false; ///< then its first byte is timed as well
};

inline cellos::ExecutionCellDocument document_of(const Workload& workload) {
    auto document = cellos::command_document("bench", workload.argv);
    document.spec.lifetime.ttl_seconds = 60;
    return document;
}

/// One run, from the call to the return.
struct Sample {
    Milliseconds to_exit{};
    std::optional<Milliseconds> to_first_byte{};
    bool warm = false; ///< a cell that found its sandbox booted
};

/// Something that runs one workload time after time, also several times at once.
struct Contestant {
    std::string name{};
    std::string platform{};               ///< gVisor's; empty: none
    std::function<Sample()> run{};        ///< throws if it failed
    std::function<void()> settle = [] {}; ///< until nothing of the last run is under way
    int every = 1;                        ///< takes part in each nth round only
};

/// One that cannot take part, and why.
struct Missing {
    std::string name{};
    std::string platform{};
    std::string why{};
};

/// Notes when the first byte comes out of a pipe. Its own thread waits for that, so that whoever
/// runs the workload may block.
class FirstByte {
public:
    FirstByte()
        : pipe_{cellos::os::make_pipe().value()}, reader_{[this] {
              char byte = 0;
              if (::read(pipe_.read_end.get(), &byte, 1) == 1) at_ = Clock::now();
          }} {}

    FirstByte(const FirstByte&) = delete;
    FirstByte& operator=(const FirstByte&) = delete;
    ~FirstByte() { finish(); }

    [[nodiscard]] int write_end() const noexcept { return pipe_.write_end.get(); }

    /// Once all that could write has ended.
    [[nodiscard]] std::optional<Milliseconds> since(Clock::time_point start) {
        finish();
        if (!at_) return std::nullopt;
        return *at_ - start;
    }

private:
    void finish() {
        pipe_.write_end.reset();
        if (reader_.joinable()) reader_.join();
    }

    cellos::os::Pipe pipe_;
    std::optional<Clock::time_point> at_{};
    std::thread reader_;
};

} // namespace cellos_bench
