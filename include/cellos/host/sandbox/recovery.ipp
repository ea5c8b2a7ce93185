#pragma once

#include <cellos/host/sandbox/record.hpp>
#include <cellos/host/sandbox/recovery.hpp>
#include <cellos/os/control_group.hpp>
#include <cellos/os/process_table.hpp>
#include <cellos/os/remove_tree.hpp>
#include <cellos/os/state_directory.hpp>
#include <cellos/os/wait.hpp>

#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include <linux/magic.h>
#include <sys/statfs.h>

namespace cellos::inline CELLOS_ABI::sandbox {

namespace detail {

// A record is this user's own file, but what is killed or removed by its word is checked all the
// same.
[[nodiscard]] inline bool is_control_group_of(
    const std::filesystem::path& group, std::string_view id
) {
    struct statfs info {};
    return group.is_absolute() && group.filename() == control_group_name(id) &&
           ::statfs(group.c_str(), &info) == 0 &&
           (info.f_type == CGROUP2_SUPER_MAGIC || info.f_type == CGROUP_SUPER_MAGIC);
}

// Ends and removes a cell of the directory `state` that the caller has claimed, the record last:
// whoever is interrupted here leaves enough for the next one.
[[nodiscard]] inline Result<void> remove_remains(
    int state,
    const CellRecord& cell,
    RecordFile& record,
    const std::filesystem::path& directory,
    ProcessMark process_mark
) {
    const auto deadline = os::Clock::now() + kill_deadline;
    const auto incomplete = [](std::string message) {
        return failure(CellosError::Kind::TeardownIncomplete, std::move(message));
    };
    auto group = os::ControlGroup::open({cell.control_groups.begin(), cell.control_groups.end()});
    // Twice: a pass over the process table may miss a process that is just being forked.
    for (int pass = 0; pass < 2; ++pass) {
        if (group) {
            if (auto killed = group->kill(); !killed) return incomplete(killed.error().message);
            if (!group->wait_until_empty(deadline))
                return incomplete("processes are still alive in " + group->path().string());
        }
        if (!os::end_processes(0, process_mark(cell.directory), deadline))
            return incomplete("processes of the cell in " + cell.directory + " are still alive");
    }
    if (group) {
        if (auto removed = group->remove(); !removed) return incomplete(removed.error().message);
    }
    if (auto removed = os::remove_tree(state, record.id()); !removed)
        return incomplete(directory.string() + ": " + removed.error().message);
    return record.remove();
}

// What the record says as far as it can be so; where it is damaged or was lost, what a cell made
// here would have. Nothing: its owner died, or is still, before the first step.
[[nodiscard]] inline Result<std::optional<CellRecord>> content_of(
    const RecordFile& record,
    const std::filesystem::path& directory,
    const os::CgroupHierarchies& hierarchies
) {
    auto read = record.read();
    if (!read && read.error().kind != CellosError::Kind::InvalidSpec) return failure_of(read);
    CellRecord content = read.value_or(CellRecord{.cell_id = record.id()});
    if (!read) {
        std::error_code error;
        if (!std::filesystem::exists(std::filesystem::symlink_status(directory, error)))
            return std::nullopt;
        for (auto& group : os::control_group_paths(hierarchies, control_group_name(record.id())))
            content.control_groups.push_back(group.native());
    }
    if (std::filesystem::path{content.directory}.filename() != record.id())
        content.directory = directory.native();
    std::erase_if(content.control_groups, [&](const std::string& group) {
        return !is_control_group_of(group, record.id());
    });
    return content;
}

// The ids of all cells that have a record or a directory.
[[nodiscard]] inline Result<std::set<std::string>> recorded_cells(
    const std::filesystem::path& state_path
) {
    std::set<std::string> ids;
    std::error_code error;
    for (std::filesystem::directory_iterator it{state_path, error}, end; !error && it != end;
         it.increment(error)) {
        std::string name = it->path().filename();
        if (name.ends_with(".json")) name.resize(name.size() - 5);
        if (os::is_random_id(name)) ids.insert(std::move(name));
    }
    if (error) {
        return failure(
            CellosError::Kind::Host, "cannot read " + state_path.string() + ": " + error.message()
        );
    }
    return ids;
}

} // namespace detail

CELLOS_DECL Result<RecoveryReport> recover_cells(
    const std::filesystem::path& state_path,
    const os::CgroupHierarchies& hierarchies,
    ProcessMark process_mark
) {
    RecoveryReport report;
    std::error_code error;
    if (!std::filesystem::exists(std::filesystem::symlink_status(state_path, error))) return report;
    const auto state = os::open_private_directory(state_path);
    if (!state) return failure_of(state);
    const auto ids = detail::recorded_cells(state_path);
    if (!ids) return failure_of(ids);

    const auto patience = os::Clock::now() + kill_deadline;
    const auto recover = [&](const std::string& id) -> Result<void> {
        auto record = RecordFile::open(state->get(), id);
        if (!record) return failure_of(record);
        const auto owner = record->claim(patience);
        if (!owner) return failure_of(owner);
        if (*owner == RecordFile::Owner::Alive) ++report.live;
        if (*owner != RecordFile::Owner::Caller) return {};
        const auto cell = detail::content_of(*record, state_path / id, hierarchies);
        if (!cell) return failure_of(cell);
        if (!*cell) return record->remove();
        auto removed =
            detail::remove_remains(state->get(), **cell, *record, state_path / id, process_mark);
        if (removed) report.removed.push_back((*cell)->cell_id);
        return removed;
    };
    for (const std::string& id : *ids) {
        if (auto recovered = recover(id); !recovered)
            report.errors.push_back(std::move(recovered).error());
    }
    return report;
}

} // namespace cellos::inline CELLOS_ABI::sandbox
