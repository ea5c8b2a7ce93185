#pragma once

#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/os/process_table.hpp>
#include <cellos/os/remove_tree.hpp>
#include <cellos/os/state_directory.hpp>
#include <cellos/os/wait.hpp>

#include <new>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL Result<std::unique_ptr<Cell>> Cell::make(
    int state,
    const std::filesystem::path& state_path,
    const os::CgroupHierarchies& hierarchies,
    CellPlan plan
) {
    auto abort = os::make_event();
    if (!abort) return failure_of(abort);
    auto record = sandbox::RecordFile::create(state, [&](const std::string& id) {
        sandbox::CellRecord content{
            .cell_id = plan.cell_id, .owner = ::getpid(), .directory = (state_path / id).native()};
        for (const auto& path :
             os::control_group_paths(hierarchies, sandbox::control_group_name(id)))
            content.control_groups.push_back(path.native());
        return content;
    });
    if (!record) return failure_of(record);
    std::unique_ptr<Cell> cell{
        new Cell{state, std::move(*record), state_path, std::move(*abort), std::move(plan)}};
    if (auto made = os::make_directory(state, cell->id().c_str(), 0700); !made)
        return failure_of(made);
    auto directory = os::open_at(state, cell->id().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!directory) return failure_of(directory);
    cell->directory_ = std::move(*directory);
    for (const char* name : {"bundle", "runsc"}) {
        if (auto made = os::make_directory(cell->directory_.get(), name, 0700); !made)
            return failure_of(made);
    }
    if (auto group = os::ControlGroup::make(hierarchies, sandbox::control_group_name(cell->id())))
        cell->group_ = std::move(*group);
    return cell;
}

CELLOS_DECL Cell::~Cell() {
    // What one allocation too many has ended is taken up once more.
    for (int attempt = 0; attempt < 2; ++attempt) {
        try {
            static_cast<void>(tear_down());
            return;
        } catch (const std::bad_alloc&) {
            continue;
        }
    }
}

CELLOS_DECL void Cell::keep(Sandbox sandbox) {
    const std::lock_guard lock{mutex_};
    sandbox_ = std::move(sandbox);
}

CELLOS_DECL std::optional<Sandbox> Cell::take_sandbox() {
    const std::lock_guard lock{mutex_};
    return std::exchange(sandbox_, std::nullopt);
}

CELLOS_DECL Result<void> Cell::become(CellPlan plan) {
    if (auto renamed = record_.rename(plan.cell_id); !renamed) return renamed;
    plan_ = std::move(plan);
    return {};
}

CELLOS_DECL Result<void> Cell::start_anew() {
    if (auto ended = end_processes(); !ended) return ended;
    if (group_) group_->use_again();
    for (const char* name : {"bundle", "runsc"}) {
        if (auto removed = os::remove_tree(directory_.get(), name); !removed) return removed;
        if (auto made = os::make_directory(directory_.get(), name, 0700); !made) return made;
    }
    return {};
}

CELLOS_DECL Result<void> Cell::begin_run() {
    const std::lock_guard lock{mutex_};
    if (ended_) return failure(CellosError::Kind::UnknownCell, "the cell is being destroyed");
    if (std::exchange(started_, true))
        return failure(CellosError::Kind::Host, "this cell has run its command already");
    running_ = true;
    return {};
}

CELLOS_DECL void Cell::set_runner(pid_t pid) {
    const std::lock_guard lock{mutex_};
    runner_ = pid;
}

CELLOS_DECL void Cell::end_run() {
    const std::lock_guard lock{mutex_};
    runner_ = 0;
    running_ = false;
    run_ended_.notify_all();
}

CELLOS_DECL Result<void> Cell::end_processes() {
    const auto deadline = os::Clock::now() + sandbox::kill_deadline;
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

CELLOS_DECL Result<void> Cell::tear_down() {
    {
        const std::lock_guard lock{mutex_};
        if (torn_down_) return {};
        ended_ = true;
    }
    os::Raise{abort_.get()}();
    if (auto ended = end_processes(); !ended) return ended;
    static_cast<void>(take_sandbox());
    {
        std::unique_lock lock{mutex_};
        if (!run_ended_.wait_for(lock, sandbox::kill_deadline, [&] { return !running_; })) {
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
    if (auto removed = os::remove_tree(state_, id()); !removed) {
        return failure(
            CellosError::Kind::TeardownIncomplete, path_.string() + ": " + removed.error().message
        );
    }
    if (auto removed = record_.remove(); !removed)
        return failure(CellosError::Kind::TeardownIncomplete, removed.error().message);
    const std::lock_guard lock{mutex_};
    torn_down_ = true;
    return {};
}

inline Cell::Cell(
    int state,
    sandbox::RecordFile record,
    const std::filesystem::path& state_path,
    os::Descriptor abort,
    CellPlan plan
)
    : plan_{std::move(plan)},
      state_{state},
      record_{std::move(record)},
      path_{state_path / record_.id()},
      abort_{std::move(abort)} {}

} // namespace cellos::inline CELLOS_ABI::gvisor
