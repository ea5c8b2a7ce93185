#pragma once

#include <cellos/core/command_document.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cellos_bench {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

/// What becomes of a workload's stdout, and what is timed of it.
enum class Output {
    Dropped,
    FirstByte, ///< the first byte out of a pipe; the reader takes no more
    Pipe,      ///< a pipe that is read to its end, and the time in which bytes came
    File,      ///< a new file in `file_directory`, and the time in which it grew
    Captured,  ///< of cells only: both streams by one pipe, and the time from exec to the end
};

/// What is run, by each contestant alike.
struct Workload {
    std::string name{};
    std::vector<std::string> argv{};
    Output output = Output::Dropped;
    std::size_t bytes = 0; ///< how many it writes; with Pipe, File and Captured
};

inline cellos::ExecutionCellDocument document_of(const Workload& workload) {
    auto document = cellos::command_document("bench", workload.argv);
    document.spec.lifetime.ttl_seconds = 60;
    return document;
}

/// Output that flowed, and for how long: neither a boot nor a tear-down is in it.
struct Flow {
    std::size_t bytes = 0;
    Milliseconds time{};

    [[nodiscard]] double mebibytes_per_second() const {
        return static_cast<double>(bytes) / (1 << 20) * 1000 / time.count();
    }
};

/// One run, from the call to the return.
struct Sample {
    Milliseconds to_exit{};
    std::optional<Milliseconds> to_first_byte{};
    std::optional<Flow> flow{};
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

} // namespace cellos_bench
