#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// The record of a cell, written before the cell has anything else on the host, so that everything
/// its owner leaves behind can be found. The flock(2) on a record shows that a living process owns
/// the cell: the kernel releases it however the process ends.

namespace cellos::inline CELLOS_ABI::sandbox {

/// Everything that a cell may have on the host; none of it need exist.
struct CellRecord {
    static constexpr std::int64_t current_version = 1;

    std::int64_t version = current_version;
    std::string cell_id{};                     ///< the document's, for people
    std::int64_t owner = 0;                    ///< process id of the program that made the cell
    std::string directory{};                   ///< absolute, as the owner spells it
    std::vector<std::string> control_groups{}; ///< absolute paths
};

/// How long processes may take to die after SIGKILL.
inline constexpr std::chrono::seconds kill_deadline{5};

/// The name of a cell's control group, in every hierarchy. `id` is the name of the cell's
/// directory.
[[nodiscard]] CELLOS_DECL std::string control_group_name(std::string_view id);

/// The file of a record, `<id>.json` in the state directory, and the lock on it. The destructor
/// releases the lock and leaves the file: a cell that could not be removed is still on record.
///
/// `state` is the open state directory; it stays the caller's and must outlive the object. Errors
/// are Host unless stated otherwise. Not thread-safe.
class RecordFile {
public:
    /// Draws a random id, then writes and locks the record that `describe(id)` returns. It may call
    /// `describe` again with another id.
    [[nodiscard]] CELLOS_DECL static Result<RecordFile> create(
        int state, const std::function<CellRecord(const std::string& id)>& describe
    );

    /// Who owns a cell.
    enum class Owner : std::uint8_t {
        Caller, ///< it had no living owner; now the caller owns it
        Alive,
        Gone, ///< no one: the cell no longer exists
    };

    /// Opens the record of a cell that may exist. If only the cell's directory exists, an empty
    /// record is created.
    [[nodiscard]] CELLOS_DECL static Result<RecordFile> open(int state, std::string id);

    /// Tries to take over a cell. Waits until `patience` for the lock of a dead owner, which may be
    /// held for a moment by its child before exec, or by another recovery.
    [[nodiscard]] CELLOS_DECL Result<Owner> claim(os::Clock::time_point patience);

    RecordFile(RecordFile&&) noexcept = default;
    RecordFile& operator=(RecordFile&&) noexcept = default;
    ~RecordFile() = default;

    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    /// A process that has this descriptor, even by inheritance, holds the lock. Still owned by this
    /// object.
    [[nodiscard]] int fd() const noexcept { return file_.get(); }

    /// InvalidSpec: the record is damaged, so only the id is known. Unsupported: another version of
    /// the library wrote it.
    [[nodiscard]] CELLOS_DECL Result<CellRecord> read() const;

    /// Changes the `cell_id` of the record. A process that dies while writing it leaves a damaged
    /// record; the cell is then found by its id.
    [[nodiscard]] CELLOS_DECL Result<void> rename(const std::string& cell_id);

    /// Removes the record; do it last when a cell is removed. Not an error if it has already gone.
    CELLOS_DECL Result<void> remove();

private:
    RecordFile(int state, std::string id);

    [[nodiscard]] bool try_lock() const noexcept;
    [[nodiscard]] bool unlinked() const noexcept;
    [[nodiscard]] Result<void> reopen();

    int state_;
    std::string id_;
    std::string name_;
    os::Descriptor file_;
};

} // namespace cellos::inline CELLOS_ABI::sandbox

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/record.ipp>
#endif
