#pragma once

#include <cellos/core/artifact.hpp>
#include <cellos/core/if_used.hpp>
#include <cellos/core/result.hpp>
#include <cellos/os/contained_open.hpp>
#include <cellos/os/descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <sys/stat.h>

/// @file
/// Reading what a workload that nobody trusts has written.

namespace cellos::inline CELLOS_ABI::os {

/// A plain file, of the size that it had when it was opened: a file that turns out longer or
/// shorter is an error.
template <class = IfUsed>
class BasicArtifactFile final : public ArtifactReader {
public:
    BasicArtifactFile(Descriptor file, std::uint64_t size) : file_{std::move(file)}, size_{size} {}

    [[nodiscard]] std::uint64_t size_bytes() const noexcept override { return size_; }

    [[nodiscard]] Result<std::size_t> read(std::span<std::byte> buffer) override {
        const ssize_t got =
            retry_on_interrupt([&] { return ::read(file_.get(), buffer.data(), buffer.size()); });
        if (got == -1) return failure("cannot read");
        read_ += static_cast<std::uint64_t>(got);
        if (read_ > size_ || (got == 0 && read_ < size_ && !buffer.empty()))
            return cellos::failure(
                CellosError::Kind::ExportSink, "the file changed while it was read"
            );
        return static_cast<std::size_t>(got);
    }

private:
    Descriptor file_;
    std::uint64_t size_;
    std::uint64_t read_ = 0;
};

using ArtifactFile = BasicArtifactFile<>;

/// Opens the file at the relative path `path` below `directory`. Refused, without waiting for
/// anything: what is reached through a symbolic link at any component, what leads out or into
/// another file system, what is no regular file, a file that has a second name (it may be somebody
/// else's), and one of more than `limit_bytes`, the holes of sparse files included.
template <class = IfUsed>
[[nodiscard]] Result<std::unique_ptr<ArtifactReader>> open_artifact_file(
    int directory, const std::string& path, std::uint64_t limit_bytes
) {
    const auto refuse = [](std::string why) {
        return cellos::failure(CellosError::Kind::ExportSink, std::move(why));
    };
    auto file = open_contained(directory, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!file) return refuse(std::move(file).error().message);
    struct stat info {};
    if (::fstat(file->get(), &info) == -1) return failure("cannot look at the file");
    if (!S_ISREG(info.st_mode)) return refuse("it is not a regular file");
    if (info.st_nlink != 1) return refuse("it has more than one name (hard link)");
    const auto size = static_cast<std::uint64_t>(info.st_size);
    if (size > limit_bytes)
        return refuse("it has more than " + std::to_string(limit_bytes) + " bytes");
    return std::make_unique<ArtifactFile>(std::move(*file), size);
}

} // namespace cellos::inline CELLOS_ABI::os
