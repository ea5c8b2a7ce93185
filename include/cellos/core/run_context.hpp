#pragma once

#include <cellos/core/boot.hpp>
#include <cellos/core/captured_output.hpp>
#include <cellos/core/document.hpp>
#include <cellos/core/input_file.hpp>
#include <cellos/core/secret.hpp>
#include <cellos/core/stdio.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// A secret that the broker has resolved, with its name in the document.
struct ResolvedSecret {
    std::string name{};
    Secret value{};
};

/// What `execute` reports on a run, in addition to how the workload ended.
struct RunReport {
    CapturedOutput output{};    ///< with `Capture`: the workload's output
    std::optional<Boot> boot{}; ///< set by backends that boot a sandbox
};

/// Everything that `execute` needs for one run, and the report to fill in. The supervisor owns both
/// until the call returns; a backend must not keep pointers into them for longer.
struct RunContext {
    ExecutionCellDocument document{};
    /// The variables of the document, `PATH` and `HOME`; without secrets.
    std::map<std::string, std::string> environment{};
    /// Delivered as `document.spec.run->secret_delivery` says.
    std::vector<ResolvedSecret> secrets{};
    Stdio stdio{};
    std::vector<InputFile> inputs{};
    std::stop_token stop{};
    /// The time-out or the TTL, whichever is earlier. A workload that still runs then has TimedOut.
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
    /// The report to fill in; it belongs to the caller.
    RunReport& report;
    /// CellHandle::run_id, or empty: for the backend's own spans (CellRef).
    std::string run_id{};
};

} // namespace cellos::inline CELLOS_ABI
