#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/gvisor/cell/waiting_launcher.hpp>
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

/// What one cell has on the host: a private directory, a control group where there can be one, and
/// the processes of its sandbox. Only the backend that made it touches it; every member may be
/// called from several threads, unless it says otherwise.
///
///     <state>/<id>.json         the record, by which a recovery finds the rest
///     <state>/<id>/root         the root file system, when it is made per cell
///     <state>/<id>/bundle       config.json
///     <state>/<id>/secrets      what the cell sees in /run/secrets
///     <state>/<id>/inputs       what the cell sees in /inputs
///     <state>/<id>/artifacts    where runsc, in a mount namespace of its own, sees the volumes
///     <state>/<id>/runsc        runsc's own --root, which no two cells share: runsc matches
///                               container ids by prefix
class Cell {
public:
    /// Writes the record, then makes the directories, and a control group where that is possible.
    /// `state`, the descriptor of the directory `state_path`, must outlive the cell. After an error
    /// nothing of the cell is left.
    [[nodiscard]] CELLOS_DECL static Result<std::unique_ptr<Cell>> make(
        int state,
        const std::filesystem::path& state_path,
        const os::CgroupHierarchies& hierarchies,
        CellPlan plan
    );

    Cell(const Cell&) = delete;
    Cell& operator=(const Cell&) = delete;
    /// The last resort for a cell that nobody destroyed: a tear_down() whose failure nobody sees.
    CELLOS_DECL ~Cell();

    /// A random one, which names the cell on the host; not the document's.
    [[nodiscard]] const std::string& id() const noexcept { return record_.id(); }
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] int directory() const noexcept { return directory_.get(); }
    /// What it was made for, or what it has become by become().
    [[nodiscard]] const CellPlan& plan() const noexcept { return plan_; }
    /// Null where there can be none.
    [[nodiscard]] os::ControlGroup* group() noexcept { return group_ ? &*group_ : nullptr; }
    /// For SpawnRequest::until_exec: a recovery must not look for a runsc that is still to come.
    [[nodiscard]] int record_fd() const noexcept { return record_.fd(); }
    /// Null where the document exports nothing.
    [[nodiscard]] const sandbox::ArtifactVolumes* artifacts() const noexcept {
        return artifacts_ ? &*artifacts_ : nullptr;
    }
    /// To be called before anybody else knows the cell.
    void keep(sandbox::ArtifactVolumes artifacts) { artifacts_ = std::move(artifacts); }
    /// MayChange until told otherwise; to be told before anybody else knows the cell.
    [[nodiscard]] MountedFiles mounted_files() const noexcept { return mounted_; }
    void set_mounted_files(MountedFiles mounted) noexcept { mounted_ = mounted; }
    /// The event that makes a run give up.
    [[nodiscard]] int abort_fd() const noexcept { return abort_.get(); }

    /// From here on the cell has a sandbox that waits; tear_down() ends it if nobody takes it.
    CELLOS_DECL void wait_with(WaitingLauncher launcher);
    /// Null when there is none. For the one who booted it, as long as nobody else knows the cell:
    /// what it points to is not locked.
    [[nodiscard]] WaitingLauncher* waiting() noexcept { return waiting_ ? &*waiting_ : nullptr; }
    /// Of several callers one gets it.
    [[nodiscard]] CELLOS_DECL std::optional<WaitingLauncher> take_waiting();
    /// The cell of another plan of the same shape, from its record on; to be called before anybody
    /// else knows the cell. An error leaves it as it was.
    [[nodiscard]] CELLOS_DECL Result<void> become(CellPlan plan);

    /// Ends what runs in the cell, and removes what runsc has left of it: another run can begin.
    [[nodiscard]] CELLOS_DECL Result<void> start_anew();

    /// A cell runs one command, once. UnknownCell: it is being torn down; Host: it has run one.
    [[nodiscard]] CELLOS_DECL Result<void> begin_run();
    /// The process that end_processes() begins with where there is no control group.
    CELLOS_DECL void set_runner(pid_t pid);
    CELLOS_DECL void end_run();

    /// SIGKILL to everything that belongs to the cell; returns once all of it is dead. The sandbox,
    /// the gofer and `runsc run` go together: ending only one of them can leave the others waiting.
    /// TeardownIncomplete: something is still alive after kill_deadline.
    [[nodiscard]] CELLOS_DECL Result<void> end_processes();

    /// Ends the run if there is one, then the processes, then removes the group, the directory and,
    /// last, the record. Blocks for 2 × kill_deadline at most.
    /// May be called again; what is gone already is no failure. TeardownIncomplete: something is
    /// still there, and another call can finish the work.
    [[nodiscard]] CELLOS_DECL Result<void> tear_down();

private:
    Cell(
        sandbox::RecordFile record,
        const std::filesystem::path& state_path,
        os::Descriptor abort,
        CellPlan plan
    );

    CellPlan plan_;
    sandbox::RecordFile record_;
    std::filesystem::path path_;
    os::Descriptor abort_;
    os::Descriptor directory_;
    std::optional<sandbox::ArtifactVolumes> artifacts_;
    // Nothing else knows all processes: those of gVisor's platform have an empty command line, and
    // a sandbox outlives the `runsc` that started it.
    std::optional<os::ControlGroup> group_;

    MountedFiles mounted_ = MountedFiles::MayChange;
    std::optional<WaitingLauncher> waiting_;

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
