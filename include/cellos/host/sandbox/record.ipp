#pragma once

#include <cellos/core/violations.hpp>
#include <cellos/host/sandbox/record.hpp>
#include <cellos/json/read.hpp>
#include <cellos/json/write.hpp>
#include <cellos/os/process_table.hpp>
#include <cellos/os/state_directory.hpp>

#include <cerrno>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

CELLOS_DESCRIBE_STRUCT(
    cellos::sandbox::CellRecord, version, cell_id, owner, directory, control_groups
);

namespace cellos::inline CELLOS_ABI::sandbox {

namespace detail {

[[nodiscard]] inline bool is_alive(std::int64_t pid) {
    const auto row = os::detail::read_stat(static_cast<pid_t>(pid));
    return row && !row->zombie;
}

} // namespace detail

CELLOS_DECL std::string control_group_name(std::string_view id) {
    return "cellos-" + std::string{id};
}

CELLOS_DECL Result<RecordFile> RecordFile::create(
    int state, const std::function<CellRecord(const std::string& id)>& describe
) {
    for (;;) {
        auto id = os::random_id();
        if (!id) return failure_of(id);
        RecordFile record{state, std::move(*id)};
        auto file =
            os::open_at(state, record.name_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
        if (!file) return failure_of(file);
        record.file_ = std::move(*file);
        if (::fchmod(record.file_.get(), 0600) == -1) return os::failure("cannot make a record");
        // A recovery that came between took the empty record for a dead owner's.
        if (!record.try_lock() || record.unlinked()) continue;
        const CellRecord content = describe(record.id_);
        auto written = os::write_all(record.file_.get(), json::write(content));
        if (!written) {
            record.remove();
            return failure_of(written);
        }
        return record;
    }
}

CELLOS_DECL Result<RecordFile> RecordFile::open(int state, std::string id) {
    RecordFile record{state, std::move(id)};
    auto opened = record.reopen();
    if (!opened) return failure_of(opened);
    return record;
}

CELLOS_DECL Result<RecordFile::Owner> RecordFile::claim(os::Clock::time_point patience) {
    while (file_) {
        if (try_lock()) {
            if (!unlinked()) return Owner::Caller;
            // Its owner has just removed the cell, but a directory may have been left.
            if (auto opened = reopen(); !opened) return failure_of(opened);
            continue;
        }
        const auto content = read();
        // A record that cannot be read is still being written.
        const bool alive = content ? detail::is_alive(content->owner)
                                   : content.error().kind == CellosError::Kind::Unsupported;
        if (alive || os::Clock::now() >= patience) return Owner::Alive;
        // There is no event for a lock's release that could be waited for with a deadline.
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return Owner::Gone;
}

CELLOS_DECL Result<CellRecord> RecordFile::read() const {
    if (::lseek(file_.get(), 0, SEEK_SET) == -1) return os::failure("cannot read " + name_);
    const auto text = os::read_all(file_.get());
    if (!text) return failure_of(text);
    Violations violations;
    CellRecord content;
    auto tree = json::parse_tree(*text, violations);
    if (tree && tree->is_object()) {
        const auto version = tree->find("version");
        if (version != tree->end() && version->is_number_integer() &&
            *version != CellRecord::current_version) {
            return failure(
                CellosError::Kind::Unsupported,
                "the record " + name_ +
                    " was written by another version of this library, which must recover it"
            );
        }
    }
    if (tree) json::read(std::move(*tree), content, json::Place{}, violations);
    if (!violations.empty()) return failure(violations.error());
    return content;
}

CELLOS_DECL Result<void> RecordFile::rename(const std::string& cell_id) {
    auto content = read();
    if (!content) return failure_of(content);
    content->cell_id = cell_id;
    const std::string text = json::write(*content);
    if (::ftruncate(file_.get(), 0) == -1 || ::lseek(file_.get(), 0, SEEK_SET) == -1)
        return os::failure("cannot write " + name_);
    return os::write_all(file_.get(), text);
}

CELLOS_DECL Result<void> RecordFile::remove() {
    if (::unlinkat(state_, name_.c_str(), 0) == -1 && errno != ENOENT)
        return os::failure("cannot remove the record " + name_);
    return {};
}

inline RecordFile::RecordFile(int state, std::string id)
    : state_{state}, id_{std::move(id)}, name_{id_ + ".json"} {}

inline bool RecordFile::try_lock() const noexcept {
    return os::retry_on_interrupt([&] { return ::flock(file_.get(), LOCK_EX | LOCK_NB); }) == 0;
}

inline bool RecordFile::unlinked() const noexcept {
    struct stat info {};
    return ::fstat(file_.get(), &info) == -1 || info.st_nlink == 0;
}

// Leaves no file where there is neither a record nor a directory.
inline Result<void> RecordFile::reopen() {
    file_.reset();
    const auto is_there = [this](const std::string& name) {
        return ::faccessat(state_, name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    };
    if (!is_there(name_) && !is_there(id_)) return {};
    auto file = os::open_at(state_, name_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    if (!file) return failure_of(file);
    file_ = std::move(*file);
    return {};
}

} // namespace cellos::inline CELLOS_ABI::sandbox
