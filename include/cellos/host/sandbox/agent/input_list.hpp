#pragma once

#include <cellos/core/input_file.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/sandbox/agent/request.hpp>
#include <cellos/os/descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

/// @file
/// All that a run's workload is to find in `/inputs`.

namespace cellos::inline CELLOS_ABI::sandbox::agent {

/// The inputs of a run, their trees listed once, and then put into the sandbox by one request after
/// the other, each with so few files that their descriptors do not matter. Move-only; for one
/// thread.
class InputList {
public:
    /// `inputs` must outlive it and its requests. Host: a tree cannot be copied; the error names
    /// what is in the way as the caller calls it. InvalidSpec: two of them are one file, or one is
    /// a file where another one needs a directory.
    [[nodiscard]] CELLOS_DECL static Result<InputList> of(std::span<const InputFile> inputs);

    /// Everything is in the requests that were made.
    [[nodiscard]] bool is_done() const noexcept {
        return next_ == files_.size() && directories_.empty();
    }

    /// Stores the next files, as they are now. Host: one cannot be read; its path is in the error.
    [[nodiscard]] CELLOS_DECL Result<Request> next(std::uint32_t id);

private:
    // `path` without its first `prefix` characters is that of a file in a tree.
    struct Entry {
        const InputFile* input;
        const os::Descriptor* tree;
        std::string path;
        std::size_t prefix;
        std::uint32_t mode;
    };

    InputList() = default;
    [[nodiscard]] Result<void> add_tree(const InputFile& input, const std::filesystem::path& path);
    void add_parents(const std::string& path);
    [[nodiscard]] Result<void> settle_directories();
    [[nodiscard]] static Result<void> add_to(Request& request, const Entry& entry);

    std::vector<Entry> files_{};
    std::vector<std::string> directories_{}; ///< each with a slash at its end
    std::deque<os::Descriptor> trees_{};     ///< which stay where they are
    std::size_t next_ = 0;
};

} // namespace cellos::inline CELLOS_ABI::sandbox::agent

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/agent/input_list.ipp>
#endif
