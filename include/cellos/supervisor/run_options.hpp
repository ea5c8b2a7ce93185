#pragma once

#include <cellos/core/input_file.hpp>
#include <cellos/core/stdio.hpp>

#include <stop_token>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// Options of one run that come from the caller, not from the document or its author.
struct RunOptions {
    /// Ends the run early. If the stop is requested before the cell exists, the result is an error
    /// and nothing is created; later, the cell is destroyed and the report has a cancelled
    /// workload.
    std::stop_token stop{};
    /// The workload's standard streams; the default captures up to 1 MiB of each.
    Stdio stdio{};
    /// Files that the workload sees in `/inputs`, read-only. They need a backend that runs the
    /// workload in the cell.
    std::vector<InputFile> inputs{};
    /// The second request, such as another Ctrl-C: a workload that `stop` has asked to end loses
    /// what is left of its time for that (`gracefulShutdownSeconds`). Does nothing without `stop`.
    std::stop_token stop_now{};
};

} // namespace cellos::inline CELLOS_ABI
