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
/// What is written about a cell before it has anything else on the host, so that whatever its owner
/// leaves when it dies can be found. The flock(2) on a record says whether somebody answers for the
/// cell: the kernel takes it back from a process however that ends.

namespace cellos::inline CELLOS_ABI::sandbox {

/// All that a cell may have on the host; none of it need exist.
struct CellRecord {
    static constexpr std::int64_t current_version = 1;

    std::int64_t version = current_version;
    std::string cell_id{};                     ///< the document's, for people
    std::int64_t owner = 0;                    ///< process id of the program that made the cell
    std::string directory{};                   ///< absolute, as the owner spells it
    std::vector<std::string> control_groups{}; ///< absolute paths
};

/// How long the kernel may take to finish off processes that were sent SIGKILL.
inline constexpr std::chrono::seconds kill_deadline{5};

/// What a cell's control group is called, in every hierarchy. `id` is the name of the cell's
/// directory.
[[nodiscard]] CELLOS_DECL std::string control_group_name(std::string_view id);

/// The file of a record, `<id>.json` in the state directory, and the lock on it. The destructor
/// releases the lock and leaves the file: a cell that could not be removed is still on record.
///
/// `state` is the open state directory; the caller keeps it, and it must outlive the object. Errors
/// are Host where nothing else is said. Not thread-safe.
class RecordFile {
public:
    /// Draws an id, then writes and locks the record that `describe(id)` gives, which may be asked
    /// again for another id.
    [[nodiscard]] CELLOS_DECL static Result<RecordFile> create(
        int state, const std::function<CellRecord(const std::string& id)>& describe
    );

    /// Who answers for a cell.
    enum class Owner : std::uint8_t {
        Caller, ///< nobody did; now the caller does
        Alive,
        Gone, ///< nobody need: the cell is not there any more
    };

    /// The record of a cell that may be there; made, and empty, if only the cell's directory is.
    [[nodiscard]] CELLOS_DECL static Result<RecordFile> open(int state, std::string id);

    /// Tries to take over a cell. Waits until `patience` for a dead owner's lock: a child that was
    /// on its way to become a sandbox's process, or another recovery, holds it for a moment.
    [[nodiscard]] CELLOS_DECL Result<Owner> claim(os::Clock::time_point patience);

    RecordFile(RecordFile&&) noexcept = default;
    RecordFile& operator=(RecordFile&&) noexcept = default;
    ~RecordFile() = default;

    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    /// Whoever holds this descriptor, also by inheritance, holds the lock. The object keeps it.
    [[nodiscard]] int fd() const noexcept { return file_.get(); }

    /// InvalidSpec: the record is damaged, so that nothing is known but the id. Unsupported: it is
    /// another version's.
    [[nodiscard]] CELLOS_DECL Result<CellRecord> read() const;

    /// Changes the `cell_id` of the record. Whoever dies while it is written leaves a damaged
    /// record, of which the rest is found by the id.
    [[nodiscard]] CELLOS_DECL Result<void> rename(const std::string& cell_id);

    /// The last thing to be removed of a cell. What is gone already is no failure.
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
