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

/// A secret that the broker resolved, under the name that the document gave it.
struct ResolvedSecret {
    std::string name{};
    Secret value{};
};

/// What `execute` tells of one run beside how the workload ended.
struct RunReport {
    CapturedOutput output{};    ///< with `Capture`, what the workload wrote
    std::optional<Boot> boot{}; ///< of the sandbox, by a backend that boots some
};

/// Everything that `execute` needs for one run, and where its report goes. The supervisor owns both
/// and keeps them until the call returns; a backend must not keep pointers into them for longer.
struct RunContext {
    ExecutionCellDocument document{};
    /// The variables of the document, `PATH` and `HOME`; no secret is in here.
    std::map<std::string, std::string> environment{};
    /// Delivered as `document.spec.run->secret_delivery` says.
    std::vector<ResolvedSecret> secrets{};
    Stdio stdio{};
    std::vector<InputFile> inputs{};
    std::stop_token stop{};
    /// The earlier of the time-out and the TTL. A workload that still runs then has TimedOut.
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
    /// The caller's, to be filled in; there is no context without one.
    RunReport& report;
    /// As the handle has it, or empty: for the spans of what the backend does (CellRef).
    std::string run_id{};
};

} // namespace cellos::inline CELLOS_ABI
