#pragma once

#include <cellos/core/boot.hpp>
#include <cellos/core/captured_output.hpp>
#include <cellos/core/document.hpp>
#include <cellos/core/error.hpp>
#include <cellos/core/input_file.hpp>
#include <cellos/core/secret.hpp>
#include <cellos/core/stdio.hpp>
#include <cellos/core/usage.hpp>

#include <algorithm>
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

/// Where the time of `execute` went, by a backend that runs workloads in sandboxes.
struct RunPhases {
    std::chrono::nanoseconds boot{};      ///< until the sandbox was ready; 0 if it had waited
    std::chrono::nanoseconds hand_over{}; ///< from there to the workload's exec
    std::chrono::nanoseconds run{};       ///< from exec to the end

    friend bool operator==(const RunPhases&, const RunPhases&) = default;
};

/// What `execute` tells of one run beside how the workload ended. Whatever a backend cannot tell
/// stays empty.
struct RunReport {
    CapturedOutput output{};    ///< with `Capture`, what the workload wrote
    std::optional<Boot> boot{}; ///< of the sandbox, by a backend that boots some
    std::optional<ResourceUsage> usage{};
    std::optional<RunPhases> phases{};
    /// Why output did not get to where the caller wanted it, such as a full disk. A reader that has
    /// gone is no error.
    std::optional<CellosError> output_error{};
};

/// Everything that `execute` needs for one run, and the report to fill in. The supervisor owns both
/// until the call returns; a backend must not keep pointers into them for longer.
struct RunContext {
    using TimePoint = std::chrono::steady_clock::time_point;

    ExecutionCellDocument document{};
    /// The variables of the document, `PATH`, `HOME` and `LANG`; without secrets.
    std::map<std::string, std::string> environment{};
    /// Delivered as `document.spec.run->secret_delivery` says.
    std::vector<ResolvedSecret> secrets{};
    Stdio stdio{};
    std::vector<InputFile> inputs{};
    std::stop_token stop{};
    /// For a backend that cannot tell when the workload began: the earlier of the TTL's end and the
    /// time-out counted from the call. A workload that still runs then has TimedOut.
    TimePoint deadline = (TimePoint::max)();
    /// The caller's, to be filled in; there is no context without one.
    RunReport& report;
    /// CellHandle::run_id, or empty: for the backend's own spans (CellRef).
    std::string run_id{};
    /// The end of the cell's TTL, which covers the boot and all else. A cell that still runs then
    /// has TimedOut.
    TimePoint cell_deadline = (TimePoint::max)();
    /// The workload's wall time from its exec on.
    std::optional<std::chrono::milliseconds> timeout{};
    /// Requested after `stop`: a workload that was asked to end has no more time for that.
    std::stop_token stop_now{};

    /// When a workload whose exec was at `exec_time` has TimedOut: at the end of its time-out or of
    /// the TTL, whichever is earlier. A time-out beyond what the clock can tell is none.
    [[nodiscard]] constexpr TimePoint deadline_from(TimePoint exec_time) const noexcept {
        if (!timeout) return cell_deadline;
        const auto begun = (std::max)(exec_time.time_since_epoch(), TimePoint::duration::zero());
        const auto room = (TimePoint::duration::max)() - begun;
        if (*timeout > std::chrono::floor<std::chrono::milliseconds>(room)) return cell_deadline;
        return (std::min)(cell_deadline, exec_time + *timeout);
    }
};

} // namespace cellos::inline CELLOS_ABI
