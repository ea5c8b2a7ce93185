#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/gvisor/cell/sandbox.hpp>
#include <cellos/host/gvisor/runsc/process.hpp>
#include <cellos/host/sandbox/artifacts.hpp>
#include <cellos/host/sandbox/record.hpp>
#include <cellos/os/control_group.hpp>
#include <cellos/os/descriptor.hpp>

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <sys/types.h>

namespace cellos::inline CELLOS_ABI::gvisor {

/// What one cell has on the host: a private directory, a control group where possible, and the
/// processes of its sandbox. Only the backend that made it uses it. Members are thread-safe unless
/// they say otherwise.
///
///     <state>/<id>.json         the record, by which a recovery finds the rest
///     <state>/<id>/root         the root file system, when it is made per cell
///     <state>/<id>/bundle       config.json
///     <state>/<id>/agent        the program that is process 1 of the sandbox
///     <state>/<id>/artifacts    where runsc, in a mount namespace of its own, sees the volumes
///     <state>/<id>/runsc        runsc's own --root, which no two cells share: runsc matches
///                               container ids by prefix
class Cell {
public:
    /// Writes the record, then creates the directories, and a control group where possible.
    /// `state`, the descriptor of the directory `state_path`, stays the caller's and must outlive
    /// the cell. After an error (Host) nothing of the cell is left.
    [[nodiscard]] CELLOS_DECL static Result<std::unique_ptr<Cell>> make(
        int state,
        const std::filesystem::path& state_path,
        const os::CgroupHierarchies& hierarchies,
        CellPlan plan
    );

    Cell(const Cell&) = delete;
    Cell& operator=(const Cell&) = delete;
    /// Calls tear_down() as a last resort, for a cell that was not destroyed; its failure goes
    /// unnoticed.
    CELLOS_DECL ~Cell();

    /// The random id that names the cell on the host; not the document's id.
    [[nodiscard]] const std::string& id() const noexcept { return record_.id(); }
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] int directory() const noexcept { return directory_.get(); }
    /// The plan that it was made for, or that of the last become().
    [[nodiscard]] const CellPlan& plan() const noexcept { return plan_; }
    /// Null if this process cannot create one.
    [[nodiscard]] os::ControlGroup* group() noexcept { return group_ ? &*group_ : nullptr; }
    /// For SpawnRequest::until_exec: it keeps a recovery from starting while runsc is still being
    /// loaded.
    [[nodiscard]] int record_fd() const noexcept { return record_.fd(); }
    /// Null if the document exports nothing.
    [[nodiscard]] const sandbox::ArtifactVolumes* artifacts() const noexcept {
        return artifacts_ ? &*artifacts_ : nullptr;
    }
    /// Call it before other threads can use the cell.
    void keep(sandbox::ArtifactVolumes artifacts) { artifacts_ = std::move(artifacts); }
    /// MayChange by default; set it before other threads can use the cell.
    [[nodiscard]] MountedFiles mounted_files() const noexcept { return mounted_; }
    void set_mounted_files(MountedFiles mounted) noexcept { mounted_ = mounted; }
    /// The limits of the plan that its control group can hold it to; set them before other threads
    /// can use the cell.
    [[nodiscard]] const GroupLimits& enforced() const noexcept { return enforced_; }
    void enforce(GroupLimits limits) noexcept { enforced_ = limits; }
    /// The event that aborts a run.
    [[nodiscard]] int abort_fd() const noexcept { return abort_.get(); }

    /// Gives the cell a sandbox, which tear_down() ends unless it has been taken.
    CELLOS_DECL void keep(Sandbox sandbox);
    /// The sandbox; null if there is none. Not locked: use it only before other threads can use the
    /// cell.
    [[nodiscard]] Sandbox* kept_sandbox() noexcept { return sandbox_ ? &*sandbox_ : nullptr; }
    /// Takes the sandbox. If several threads call it, one of them gets it.
    [[nodiscard]] CELLOS_DECL std::optional<Sandbox> take_sandbox();
    /// Makes this the cell of another plan of the same shape, and updates its record. Call it
    /// before other threads can use the cell. An error leaves the plan unchanged.
    [[nodiscard]] CELLOS_DECL Result<void> become(CellPlan plan);

    /// Ends all processes in the cell and removes the files that runsc has left, so that another
    /// run can begin. The errors are those of end_processes(), or Host.
    [[nodiscard]] CELLOS_DECL Result<void> start_anew();

    /// Claims the one run that a cell can have. UnknownCell: it is being torn down; Host: it has
    /// already had its run.
    [[nodiscard]] CELLOS_DECL Result<void> begin_run();
    /// Sets the process whose descendants end_processes() looks for if there is no control group.
    CELLOS_DECL void set_runner(pid_t pid);
    CELLOS_DECL void end_run();

    /// Sends SIGKILL to all processes of the cell; returns once all of them are dead. The sandbox,
    /// the gofer and `runsc run` are ended together: ending only one of them can leave the others
    /// waiting. TeardownIncomplete: a process is still alive after kill_deadline.
    [[nodiscard]] CELLOS_DECL Result<void> end_processes();

    /// Aborts the run, if there is one, and ends all processes, then removes the group, the
    /// directory and finally the record. Blocks for at most 2 × kill_deadline. May be called again;
    /// parts that have already gone are not errors. TeardownIncomplete: something is left, and
    /// another call can finish the work.
    [[nodiscard]] CELLOS_DECL Result<void> tear_down();

private:
    Cell(
        int state,
        sandbox::RecordFile record,
        const std::filesystem::path& state_path,
        os::Descriptor abort,
        CellPlan plan
    );

    CellPlan plan_;
    int state_;
    sandbox::RecordFile record_;
    std::filesystem::path path_;
    os::Descriptor abort_;
    os::Descriptor directory_;
    std::optional<sandbox::ArtifactVolumes> artifacts_;
    // The only complete list of processes: those of gVisor's platform have an empty command line,
    // and a sandbox outlives the `runsc` that started it.
    std::optional<os::ControlGroup> group_;

    MountedFiles mounted_ = MountedFiles::MayChange;
    GroupLimits enforced_{};
    std::optional<Sandbox> sandbox_;

    std::mutex mutex_;
    std::condition_variable run_ended_;
    bool started_ = false;
    bool running_ = false;
    bool ended_ = false;
    bool torn_down_ = false;
    pid_t runner_ = 0;
};

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/cell/cell.ipp>
#endif
