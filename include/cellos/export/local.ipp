#pragma once

#include <cellos/core/text_syntax.hpp>
#include <cellos/export/local.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/state_directory.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI {

namespace detail {

[[nodiscard]] inline tl::unexpected<CellosError> refuse_export(std::string why) {
    return failure(CellosError::Kind::ExportSink, std::move(why));
}

[[nodiscard]] inline tl::unexpected<CellosError> artifact_too_large(std::uint64_t limit_bytes) {
    return refuse_export("the artifact has more than " + std::to_string(limit_bytes) + " bytes");
}

// `<root>/<cell id>`, removed again if this made it, nothing was kept and it is empty.
class ExportDirectory {
public:
    [[nodiscard]] static Result<ExportDirectory> open(
        const std::filesystem::path& root, const std::string& cell_id
    ) {
        if (::mkdir(root.c_str(), 0755) == -1 && errno != EEXIST)
            return os::failure("cannot make " + root.string());
        auto parent = os::open_at(AT_FDCWD, root.c_str(), O_RDONLY | O_DIRECTORY);
        if (!parent) return failure_of(parent);
        ExportDirectory directory{*std::move(parent), cell_id};
        directory.made_ = ::mkdirat(directory.root_.get(), cell_id.c_str(), 0755) == 0;
        if (!directory.made_ && errno != EEXIST)
            return os::failure("cannot make the directory " + cell_id);
        constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
        auto opened = os::open_at(directory.root_.get(), cell_id.c_str(), flags);
        if (!opened) return failure_of(opened);
        directory.own_ = *std::move(opened);
        struct stat info {};
        if (::fstat(directory.get(), &info) == -1) return os::failure("cannot look at it");
        if (info.st_uid != ::geteuid() || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
            return refuse_export(
                (root / cell_id).string() +
                " must belong to this user, and be writable by nobody else"
            );
        return directory;
    }

    ExportDirectory(ExportDirectory&&) noexcept = default;
    ExportDirectory& operator=(ExportDirectory&&) = delete;
    ~ExportDirectory() {
        if (own_ && made_) ::unlinkat(root_.get(), cell_id_.c_str(), AT_REMOVEDIR);
    }

    [[nodiscard]] int get() const noexcept { return own_.get(); }
    void keep() noexcept { made_ = false; }

private:
    ExportDirectory(os::Descriptor root, std::string cell_id)
        : root_{std::move(root)}, cell_id_{std::move(cell_id)} {}

    os::Descriptor root_;
    os::Descriptor own_;
    std::string cell_id_;
    bool made_ = false;
};

// A file under a unique name, removed again unless it is finished.
class UnfinishedFile {
public:
    [[nodiscard]] static Result<UnfinishedFile> create(int directory, mode_t mode) {
        auto id = os::random_id();
        if (!id) return failure_of(id);
        UnfinishedFile file{directory, '.' + *id + ".part"};
        constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
        auto opened = os::open_at(directory, file.name_.c_str(), flags, mode);
        if (!opened) return failure_of(opened);
        file.file_ = *std::move(opened);
        return file;
    }

    UnfinishedFile(UnfinishedFile&&) noexcept = default;
    UnfinishedFile& operator=(UnfinishedFile&&) = delete;
    ~UnfinishedFile() {
        if (file_) ::unlinkat(directory_, name_.c_str(), 0);
    }

    [[nodiscard]] int fd() const noexcept { return file_.get(); }

    [[nodiscard]] Result<void> finish(const std::string& as) {
        if (::fsync(file_.get()) == -1) return os::failure("cannot write " + as);
        if (::renameat(directory_, name_.c_str(), directory_, as.c_str()) == -1)
            return os::failure("cannot make " + as);
        file_.reset();
        if (::fsync(directory_) == 0) return {};
        auto lost = os::failure("cannot write " + as);
        ::unlinkat(directory_, as.c_str(), 0);
        return lost;
    }

private:
    UnfinishedFile(int directory, std::string own_name)
        : directory_{directory}, name_{std::move(own_name)} {}

    int directory_;
    std::string name_;
    os::Descriptor file_;
};

} // namespace detail

CELLOS_DECL LocalExportSink::LocalExportSink(
    std::filesystem::path root, HasherFactory sha256, std::uint64_t limit_bytes
)
    : root_{std::move(root)}, sha256_{std::move(sha256)}, limit_bytes_{limit_bytes} {}

CELLOS_DECL Result<ExportReceipt> LocalExportSink::export_artifact(
    const ExportArtifactMetadata& artifact, ArtifactReader& reader
) const {
    if (!is_cell_id(artifact.cell_id) || !is_portable_name(artifact.name))
        return detail::refuse_export(
            "the names of the cell and the artifact must be portable file names"
        );
    if (artifact.size_bytes > limit_bytes_) return detail::artifact_too_large(limit_bytes_);

    auto directory = detail::ExportDirectory::open(root_, artifact.cell_id);
    if (!directory) return detail::refuse_export(std::move(directory).error().message);
    const bool executable = (reader.mode().value_or(0) & S_IXUSR) != 0;
    auto file = detail::UnfinishedFile::create(directory->get(), executable ? 0755 : 0644);
    if (!file) return detail::refuse_export(std::move(file).error().message);
    ExportReceipt receipt{
        .target_kind = std::string{name},
        .location = (root_ / artifact.cell_id / artifact.name).native(),
    };
    if (auto copied = copy(reader, file->fd(), receipt); !copied) return failure_of(copied);
    if (auto named = file->finish(artifact.name); !named)
        return detail::refuse_export(std::move(named).error().message);
    directory->keep();
    return receipt;
}

inline Result<void> LocalExportSink::copy(ArtifactReader& reader, int to, ExportReceipt& receipt)
    const {
    constexpr std::size_t step = std::size_t{256} << 10;
    const auto buffer = std::make_unique_for_overwrite<std::array<std::byte, step>>();
    const std::unique_ptr<Hasher> hasher = sha256_ ? sha256_() : nullptr;
    for (;;) {
        auto got = reader.read(*buffer);
        if (!got) return failure_of(got);
        if (*got == 0) break;
        receipt.size_bytes += *got;
        if (receipt.size_bytes > limit_bytes_) return detail::artifact_too_large(limit_bytes_);
        const auto bytes = std::span{*buffer}.first(*got);
        if (hasher) hasher->update(bytes);
        const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
        if (auto written = os::write_all(to, text); !written)
            return detail::refuse_export(std::move(written).error().message);
    }
    if (hasher) receipt.sha256 = hasher->finish();
    return {};
}

} // namespace cellos::inline CELLOS_ABI
