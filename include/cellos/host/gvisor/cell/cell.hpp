#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/host/gvisor/runsc/control_socket.hpp>
#include <cellos/host/gvisor/runsc/process.hpp>
#include <cellos/host/sandbox/artifacts.hpp>
#include <cellos/host/sandbox/record.hpp>
#include <cellos/os/control_group.hpp>
#include <cellos/os/process_table.hpp>
#include <cellos/os/spawn.hpp>
#include <cellos/os/state_directory.hpp>
#include <cellos/os/stdio.hpp>
#include <cellos/os/wait.hpp>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace cellos::inline CELLOS_ABI::gvisor {

/// A sandbox that was booted before its cell: its first process waits to be told what to become
/// (<cellos/host/gvisor/launcher/wire.hpp>).
struct WaitingLauncher {
    RunscProcess runsc{};
    os::StdioPipes pipes{};
    WaitRequest question{};    ///< asked once it waits
    bool takes_inputs = false; ///< it has a place for input files

    template <class = IfUsed>
    [[nodiscard]] bool is_alive() const noexcept {
        return !os::is_ready(runsc.child.pidfd(), POLLIN);
    }
};

/// What one cell has on the host: a private directory, a control group where there can be one, and
/// the processes of its sandbox. Only the backend that made it touches it; every member may be
/// called from several threads.
///
///     <state>/<id>.json         the record, by which a recovery finds the rest
///     <state>/<id>/root         the root file system, when it is made per cell
///     <state>/<id>/bundle       config.json
///     <state>/<id>/secrets      what the cell sees in /run/secrets
///     <state>/<id>/artifacts    where runsc, in a mount namespace of its own, sees the volumes
///     <state>/<id>/runsc        runsc's own --root: container ids match by prefix, so none is
///     shared
template <class = IfUsed>
class BasicCell {
public:
    /// Writes the record, then makes the directories, and a control group where that is possible.
    /// `state` must outlive the cell; `cell_id` is the document's.
    [[nodiscard]] static Result<std::unique_ptr<BasicCell>> make(
        int state,
        const std::filesystem::path& state_path,
        const os::CgroupHierarchies& hierarchies,
        const std::string& cell_id
    ) {
        auto abort = os::make_event();
        if (!abort) return failure_of(abort);
        auto record = RecordFile::create(state, [&](const std::string& id) {
            CellRecord content{
                .cell_id = cell_id, .owner = ::getpid(), .directory = (state_path / id).native()};
            for (const auto& path : os::control_group_paths(hierarchies, control_group_name(id)))
                content.control_groups.push_back(path.native());
            return content;
        });
        if (!record) return failure_of(record);
        std::unique_ptr<BasicCell> cell{
            new BasicCell{std::move(*record), state_path, std::move(*abort)}};
        if (::mkdirat(state, cell->id().c_str(), 0700) == -1)
            return os::failure("cannot make " + cell->path_.string());
        auto directory =
            os::open_at(state, cell->id().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (!directory) return failure_of(directory);
        cell->directory_ = std::move(*directory);
        for (const char* name : {"bundle", "runsc"}) {
            if (::mkdirat(cell->directory_.get(), name, 0700) == -1)
                return os::failure("cannot make a directory in " + cell->path_.string());
        }
        if (auto group = os::ControlGroup::make(hierarchies, control_group_name(cell->id())))
            cell->group_ = std::move(*group);
        return cell;
    }

    BasicCell(const BasicCell&) = delete;
    BasicCell& operator=(const BasicCell&) = delete;
    /// The last resort for a cell that nobody destroyed.
    ~BasicCell() { static_cast<void>(tear_down()); }

    [[nodiscard]] const std::string& id() const noexcept { return record_.id(); }
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] int directory() const noexcept { return directory_.get(); }
    /// Null where there can be none.
    [[nodiscard]] os::ControlGroup* group() noexcept { return group_ ? &*group_ : nullptr; }
    /// For SpawnRequest::until_exec: a recovery must not look for a runsc that is still to come.
    [[nodiscard]] int record_fd() const noexcept { return record_.fd(); }
    /// Null where the document exports nothing.
    [[nodiscard]] const ArtifactVolumes* artifacts() const noexcept {
        return artifacts_ ? &*artifacts_ : nullptr;
    }
    /// To be called before anybody else knows the cell.
    void keep(ArtifactVolumes artifacts) { artifacts_ = std::move(artifacts); }
    /// MayChange until told otherwise; to be told before anybody else knows the cell.
    [[nodiscard]] MountedFiles mounted_files() const noexcept { return mounted_; }
    void set_mounted_files(MountedFiles mounted) noexcept { mounted_ = mounted; }
    /// The event that makes a run give up.
    [[nodiscard]] int abort_fd() const noexcept { return abort_.get(); }

    /// From here on the cell has a sandbox that waits; tear_down() ends it if nobody takes it.
    void wait_with(WaitingLauncher launcher) {
        const std::lock_guard lock{mutex_};
        waiting_ = std::move(launcher);
    }
    /// Null when there is none. For the one who booted it, as long as nobody else knows the cell:
    /// what it points to is not locked.
    [[nodiscard]] WaitingLauncher* waiting() noexcept { return waiting_ ? &*waiting_ : nullptr; }
    [[nodiscard]] std::optional<WaitingLauncher> take_waiting() {
        const std::lock_guard lock{mutex_};
        return std::exchange(waiting_, std::nullopt);
    }
    /// The document's id, once there is a document. The old one stands in the record until then.
    [[nodiscard]] Result<void> rename(const std::string& cell_id) {
        return record_.rename(cell_id);
    }

    /// Ends what runs in the cell, and removes what runsc has left of it: another run can begin.
    [[nodiscard]] Result<void> start_anew() {
        if (auto ended = end_processes(); !ended) return ended;
        if (group_) group_->use_again();
        std::error_code error;
        for (const char* name : {"bundle", "runsc"}) {
            std::filesystem::remove_all(path_ / name, error);
            if (error || ::mkdirat(directory_.get(), name, 0700) == -1)
                return os::failure("cannot make a directory in " + path_.string());
        }
        return {};
    }

    /// A cell runs one command, once.
    [[nodiscard]] Result<void> begin_run() {
        const std::lock_guard lock{mutex_};
        if (ended_) return failure(CellosError::Kind::UnknownCell, "the cell is being destroyed");
        if (std::exchange(started_, true))
            return failure(CellosError::Kind::Host, "this cell has run its command already");
        running_ = true;
        return {};
    }
    void set_runner(pid_t pid) {
        const std::lock_guard lock{mutex_};
        runner_ = pid;
    }
    void end_run() {
        const std::lock_guard lock{mutex_};
        runner_ = 0;
        running_ = false;
        run_ended_.notify_all();
    }

    /// SIGKILL to everything that belongs to the cell; returns once all of it is dead. The sandbox,
    /// the gofer and `runsc run` go together: ending only one of them can leave the others waiting.
    [[nodiscard]] Result<void> end_processes() {
        const auto deadline = os::Clock::now() + kill_deadline;
        bool gone = false;
        if (group_) {
            if (!group_->populated()) return {};
            if (auto killed = group_->kill(); !killed) return killed;
            gone = group_->wait_until_empty(deadline);
        } else {
            pid_t runner = 0;
            {
                const std::lock_guard lock{mutex_};
                if (runner_ == 0 && !started_) return {};
                runner = runner_;
            }
            gone = os::end_processes(runner, runsc_root_flag(path_), deadline);
        }
        if (gone) return {};
        return failure(
            CellosError::Kind::TeardownIncomplete,
            "processes of the cell are still alive after SIGKILL" +
                (group_ ? " in " + group_->path().string() : std::string{})
        );
    }

    /// Ends the run if there is one, then the processes, then removes the group, the directory and,
    /// last, the record.
    /// May be called again; what is gone already is no failure.
    [[nodiscard]] Result<void> tear_down() {
        {
            const std::lock_guard lock{mutex_};
            if (torn_down_) return {};
            ended_ = true;
        }
        os::Raise{abort_.get()}();
        if (auto ended = end_processes(); !ended) return ended;
        static_cast<void>(take_waiting());
        {
            std::unique_lock lock{mutex_};
            if (!run_ended_.wait_for(lock, kill_deadline, [&] { return !running_; })) {
                return failure(
                    CellosError::Kind::TeardownIncomplete, "the cell's run did not come back"
                );
            }
        }
        if (group_) {
            if (auto removed = group_->remove(); !removed)
                return failure(CellosError::Kind::TeardownIncomplete, removed.error().message);
            group_.reset();
        }
        std::error_code error;
        std::filesystem::remove_all(path_, error);
        if (error) {
            return failure(
                CellosError::Kind::TeardownIncomplete,
                "cannot remove " + path_.string() + ": " + error.message()
            );
        }
        if (auto removed = record_.remove(); !removed)
            return failure(CellosError::Kind::TeardownIncomplete, removed.error().message);
        const std::lock_guard lock{mutex_};
        torn_down_ = true;
        return {};
    }

private:
    BasicCell(RecordFile record, const std::filesystem::path& state_path, os::Descriptor abort)
        : record_{std::move(record)}, path_{state_path / record_.id()}, abort_{std::move(abort)} {}

    RecordFile record_;
    std::filesystem::path path_;
    os::Descriptor abort_;
    os::Descriptor directory_;
    std::optional<ArtifactVolumes> artifacts_;
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

using Cell = BasicCell<>;

} // namespace cellos::inline CELLOS_ABI::gvisor
