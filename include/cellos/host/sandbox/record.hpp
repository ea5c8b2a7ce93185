#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/core/violations.hpp>
#include <cellos/json/read.hpp>
#include <cellos/json/write.hpp>
#include <cellos/os/process_table.hpp>
#include <cellos/os/state_directory.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <sys/file.h>
#include <sys/stat.h>

/// @file
/// What is written about a cell before it has anything else on the host, so that whatever its owner
/// leaves when it dies can be found. The flock(2) on a record says whether somebody answers for the
/// cell: the kernel takes it back from a process however that ends.

namespace cellos::inline CELLOS_ABI::gvisor {

/// All that a cell may have on the host; none of it need exist.
struct CellRecord {
    static constexpr std::int64_t current_version = 1;

    std::int64_t version = current_version;
    std::string cell_id{};                     ///< the document's, for people
    std::int64_t owner = 0;                    ///< process id of the program that made the cell
    std::string directory{};                   ///< absolute, as the owner spells it
    std::vector<std::string> control_groups{}; ///< absolute paths
};

} // namespace cellos::inline CELLOS_ABI::gvisor

CELLOS_DESCRIBE_STRUCT(
    cellos::gvisor::CellRecord, version, cell_id, owner, directory, control_groups
);

namespace cellos::inline CELLOS_ABI::gvisor {

/// How long the kernel may take to finish off processes that were sent SIGKILL.
inline constexpr std::chrono::seconds kill_deadline{5};

/// How every process of a cell's sandbox is known: all of them get runsc's own `--root`, which no
/// two cells share. Only the platform's stub processes have no command line.
template <class = IfUsed>
[[nodiscard]] std::string runsc_root_flag(const std::filesystem::path& cell_directory) {
    return "--root=" + (cell_directory / "runsc").native();
}

/// What a cell's control group is called, in every hierarchy.
template <class = IfUsed>
[[nodiscard]] std::string control_group_name(std::string_view id) {
    return "cellos-" + std::string{id};
}

/// The file of a record, `<id>.json` in the state directory, and the lock on it. The destructor
/// releases the lock and leaves the file: a cell that could not be removed is still on record.
template <class Record = CellRecord>
class BasicRecordFile {
public:
    /// Draws an id, then writes and locks the record that `describe(id)` gives.
    template <class Describe>
    [[nodiscard]] static Result<BasicRecordFile> create(int state, Describe&& describe) {
        for (;;) {
            auto id = os::random_id();
            if (!id) return failure_of(id);
            BasicRecordFile record{state, std::move(*id)};
            auto file = os::open_at(
                state, record.name_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600
            );
            if (!file) return failure_of(file);
            record.file_ = std::move(*file);
            // A recovery that came between took the empty record for a dead owner's.
            if (!record.try_lock() || record.unlinked()) continue;
            const Record content = describe(record.id_);
            auto written = os::write_all(record.file_.get(), json::write(content));
            if (!written) {
                record.remove();
                return failure_of(written);
            }
            return record;
        }
    }

    /// Who answers for a cell.
    enum class Owner : std::uint8_t {
        Caller, ///< nobody did; now the caller does
        Alive,
        Gone, ///< nobody need: the cell is not there any more
    };

    /// The record of a cell that may be there; made, and empty, if only the cell's directory is.
    [[nodiscard]] static Result<BasicRecordFile> open(int state, std::string id) {
        BasicRecordFile record{state, std::move(id)};
        auto opened = record.reopen();
        if (!opened) return failure_of(opened);
        return record;
    }

    /// Tries to take over a cell. Waits until `patience` for a dead owner's lock: a child that was
    /// on its way to become runsc, or another recovery, holds it for a moment.
    [[nodiscard]] Result<Owner> claim(os::Clock::time_point patience) {
        while (file_) {
            if (try_lock()) {
                if (!unlinked()) return Owner::Caller;
                // Its owner has just removed the cell, but a directory may have been left.
                if (auto opened = reopen(); !opened) return failure_of(opened);
                continue;
            }
            const auto content = read();
            // A record that cannot be read is still being written.
            const bool alive = content ? is_alive(content->owner)
                                       : content.error().kind == CellosError::Kind::Unsupported;
            if (alive || os::Clock::now() >= patience) return Owner::Alive;
            // There is no event for a lock's release that could be waited for with a deadline.
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
        return Owner::Gone;
    }

    BasicRecordFile(BasicRecordFile&&) noexcept = default;
    BasicRecordFile& operator=(BasicRecordFile&&) noexcept = default;
    ~BasicRecordFile() = default;

    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    /// Whoever holds this descriptor, also by inheritance, holds the lock.
    [[nodiscard]] int fd() const noexcept { return file_.get(); }

    /// InvalidSpec: the record is damaged, so that nothing is known but the id. Unsupported: it is
    /// another version's.
    [[nodiscard]] Result<Record> read() const {
        if (::lseek(file_.get(), 0, SEEK_SET) == -1) return os::failure("cannot read " + name_);
        const auto text = os::read_all(file_.get());
        if (!text) return failure_of(text);
        Violations violations;
        Record content;
        auto tree = json::parse_tree(*text, violations);
        if (tree && tree->is_object()) {
            const auto version = tree->find("version");
            if (version != tree->end() && version->is_number_integer() &&
                *version != Record::current_version) {
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

    /// Changes the `cell_id` of the record. Whoever dies while it is written leaves a damaged
    /// record, of which the rest is found by the id.
    [[nodiscard]] Result<void> rename(const std::string& cell_id) {
        auto content = read();
        if (!content) return failure_of(content);
        content->cell_id = cell_id;
        const std::string text = json::write(*content);
        if (::ftruncate(file_.get(), 0) == -1 || ::lseek(file_.get(), 0, SEEK_SET) == -1)
            return os::failure("cannot write " + name_);
        return os::write_all(file_.get(), text);
    }

    /// The last thing to be removed of a cell. What is gone already is no failure.
    Result<void> remove() {
        if (::unlinkat(state_, name_.c_str(), 0) == -1 && errno != ENOENT)
            return os::failure("cannot remove the record " + name_);
        return {};
    }

private:
    BasicRecordFile(int state, std::string id)
        : state_{state}, id_{std::move(id)}, name_{id_ + ".json"} {}

    [[nodiscard]] static bool is_alive(std::int64_t pid) {
        const auto row = os::detail::read_stat(static_cast<pid_t>(pid));
        return row && !row->zombie;
    }

    [[nodiscard]] bool try_lock() const noexcept {
        return os::retry_on_interrupt([&] { return ::flock(file_.get(), LOCK_EX | LOCK_NB); }) == 0;
    }

    [[nodiscard]] bool unlinked() const noexcept {
        struct stat info {};
        return ::fstat(file_.get(), &info) == -1 || info.st_nlink == 0;
    }

    // Leaves no file where there is neither a record nor a directory.
    [[nodiscard]] Result<void> reopen() {
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

    int state_;
    std::string id_;
    std::string name_;
    os::Descriptor file_;
};

using RecordFile = BasicRecordFile<>;

} // namespace cellos::inline CELLOS_ABI::gvisor
