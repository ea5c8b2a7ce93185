#pragma once

#include <cellos/core/input_file.hpp>
#include <cellos/core/stdio.hpp>

#include <stop_token>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// What one run is given beside its document: by the caller, who trusts itself, and never by the
/// document's author.
struct RunOptions {
    /// Ends the run early. Triggered before there is a cell, it is an error and nothing is created;
    /// later on, the cell is destroyed and the report tells of a cancelled workload.
    std::stop_token stop{};
    /// The workload's standard streams; the default captures up to 1 MiB of each.
    Stdio stdio{};
    /// Files that the workload finds in `/inputs`, read-only. Only a backend that runs the workload
    /// in the cell can provide them.
    std::vector<InputFile> inputs{};
};

} // namespace cellos::inline CELLOS_ABI
