#pragma once

#include <cellos/host/sandbox/artifact_file.hpp>
#include <cellos/os/contained_open.hpp>
#include <cellos/os/descriptor.hpp>

#include <cerrno>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::sandbox {

namespace detail {

// A plain file, of the size that it had when it was opened.
class ArtifactFile final : public ArtifactReader {
public:
    ArtifactFile(os::Descriptor file, const struct stat& info)
        : file_{std::move(file)},
          size_{static_cast<std::uint64_t>(info.st_size)},
          mode_{static_cast<std::uint32_t>(info.st_mode) & 07777U} {}

    [[nodiscard]] std::uint64_t size_bytes() const noexcept override { return size_; }
    [[nodiscard]] std::optional<std::uint32_t> mode() const noexcept override { return mode_; }

    [[nodiscard]] Result<std::size_t> read(std::span<std::byte> buffer) override {
        const ssize_t got = os::retry_on_interrupt([&] {
            return ::read(file_.get(), buffer.data(), buffer.size());
        });
        if (got == -1) return os::failure("cannot read");
        read_ += static_cast<std::uint64_t>(got);
        if (read_ > size_ || (got == 0 && read_ < size_ && !buffer.empty()))
            return failure(CellosError::Kind::ExportSink, "the file changed while it was read");
        return static_cast<std::size_t>(got);
    }

private:
    os::Descriptor file_;
    std::uint64_t size_;
    std::uint32_t mode_;
    std::uint64_t read_ = 0;
};

} // namespace detail

CELLOS_DECL Result<std::unique_ptr<ArtifactReader>> open_artifact_file(
    int directory, const std::string& path, std::uint64_t limit_bytes
) {
    const auto refuse = [](std::string why) {
        return failure(CellosError::Kind::ExportSink, std::move(why));
    };
    constexpr int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
    os::Descriptor file = os::try_open_contained(directory, path.c_str(), flags);
    // Not by this path, which is none of the cell's.
    if (!file && errno == ELOOP) return refuse("there is a symbolic link in its path");
    if (!file) return refuse("cannot open it: " + std::generic_category().message(errno));
    struct stat info {};
    if (::fstat(file.get(), &info) == -1) return os::failure("cannot look at the file");
    if (!S_ISREG(info.st_mode)) return refuse("it is not a regular file");
    if (info.st_nlink != 1) return refuse("it has more than one name (hard link)");
    const auto size = static_cast<std::uint64_t>(info.st_size);
    if (size > limit_bytes)
        return refuse("it has more than " + std::to_string(limit_bytes) + " bytes");
    return std::make_unique<detail::ArtifactFile>(std::move(file), info);
}

} // namespace cellos::inline CELLOS_ABI::sandbox
