#pragma once

#include <cellos/core/artifact.hpp>
#include <cellos/core/hasher.hpp>
#include <cellos/core/if_used.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/text_syntax.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/state_directory.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <sys/stat.h>

namespace cellos::inline CELLOS_ABI {

/// Puts artifacts into files of this host: `<root>/<cell id>/<artifact name>`, never executable. A
/// file of that name is replaced.
///
/// A file with its final name is always complete, also after a crash of the machine: it is written
/// under another name (`.<random>.part`), synchronised and renamed. What fails leaves nothing. The
/// root may lie where others can write: a cell's directory that is a link, belongs to somebody else
/// or lets others write is refused. Any number of threads and processes may use one root at once.
template <class = IfUsed>
class BasicLocalExportSink {
public:
    static constexpr std::string_view name = "local";
    static constexpr std::uint64_t default_limit_bytes = std::uint64_t{1} << 30;

    /// Nothing is touched yet; a missing `root` is made by the first export, its parent must be
    /// there. Without `sha256` (<cellos/openssl/sha256.hpp>) receipts carry no digest. An
    /// artifact of more than `limit_bytes` is refused.
    explicit BasicLocalExportSink(
        std::filesystem::path root,
        HasherFactory sha256 = {},
        std::uint64_t limit_bytes = default_limit_bytes
    )
        : root_{std::move(root)}, sha256_{std::move(sha256)}, limit_bytes_{limit_bytes} {}

    [[nodiscard]] Result<ExportReceipt> export_artifact(
        const ExportArtifactMetadata& artifact, ArtifactReader& reader
    ) const {
        if (!is_cell_id(artifact.cell_id) || !is_portable_name(artifact.name))
            return refuse("the names of the cell and the artifact must be portable file names");
        if (artifact.size_bytes > limit_bytes_) return too_large();

        auto directory = CellDirectory::open(root_, artifact.cell_id);
        if (!directory) return refuse(std::move(directory).error().message);
        auto file = UnfinishedFile::create(directory->get());
        if (!file) return refuse(std::move(file).error().message);
        ExportReceipt receipt{
            .target_kind = std::string{name},
            .location = (root_ / artifact.cell_id / artifact.name).native(),
        };
        if (auto copied = copy(reader, file->fd(), receipt); !copied) return failure_of(copied);
        if (auto named = file->finish(artifact.name); !named)
            return refuse(std::move(named).error().message);
        directory->keep();
        return receipt;
    }

private:
    [[nodiscard]] static tl::unexpected<CellosError> refuse(std::string why) {
        return failure(CellosError::Kind::ExportSink, std::move(why));
    }

    [[nodiscard]] tl::unexpected<CellosError> too_large() const {
        return refuse("the artifact has more than " + std::to_string(limit_bytes_) + " bytes");
    }

    /// `<root>/<cell id>`, removed again if this made it, nothing was kept and it is empty.
    class CellDirectory {
    public:
        [[nodiscard]] static Result<CellDirectory> open(
            const std::filesystem::path& root, const std::string& cell_id
        ) {
            if (::mkdir(root.c_str(), 0755) == -1 && errno != EEXIST)
                return os::failure("cannot make " + root.string());
            auto parent = os::open_at(AT_FDCWD, root.c_str(), O_RDONLY | O_DIRECTORY);
            if (!parent) return failure_of(parent);
            CellDirectory directory{*std::move(parent), cell_id};
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
                return refuse(
                    (root / cell_id).string() +
                    " must belong to this user, and be writable by nobody else"
                );
            return directory;
        }

        CellDirectory(CellDirectory&&) noexcept = default;
        CellDirectory& operator=(CellDirectory&&) = delete;
        ~CellDirectory() {
            if (own_ && made_) ::unlinkat(root_.get(), cell_id_.c_str(), AT_REMOVEDIR);
        }

        [[nodiscard]] int get() const noexcept { return own_.get(); }
        void keep() noexcept { made_ = false; }

    private:
        CellDirectory(os::Descriptor root, std::string cell_id)
            : root_{std::move(root)}, cell_id_{std::move(cell_id)} {}

        os::Descriptor root_;
        os::Descriptor own_;
        std::string cell_id_;
        bool made_ = false;
    };

    /// A file under a name that nobody else uses, removed again unless it is finished.
    class UnfinishedFile {
    public:
        [[nodiscard]] static Result<UnfinishedFile> create(int directory) {
            auto id = os::random_id();
            if (!id) return failure_of(id);
            UnfinishedFile file{directory, '.' + *id + ".part"};
            constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
            auto opened = os::open_at(directory, file.name_.c_str(), flags, 0644);
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

    [[nodiscard]] Result<void> copy(ArtifactReader& reader, int to, ExportReceipt& receipt) const {
        constexpr std::size_t step = std::size_t{256} << 10;
        const auto buffer = std::make_unique_for_overwrite<std::array<std::byte, step>>();
        const std::unique_ptr<Hasher> hasher = sha256_ ? sha256_() : nullptr;
        for (;;) {
            auto got = reader.read(*buffer);
            if (!got) return failure_of(got);
            if (*got == 0) break;
            receipt.size_bytes += *got;
            if (receipt.size_bytes > limit_bytes_) return too_large();
            const auto bytes = std::span{*buffer}.first(*got);
            if (hasher) hasher->update(bytes);
            const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
            if (auto written = os::write_all(to, text); !written)
                return refuse(std::move(written).error().message);
        }
        if (hasher) receipt.sha256 = hasher->finish();
        return {};
    }

    std::filesystem::path root_;
    HasherFactory sha256_;
    std::uint64_t limit_bytes_;
};

using LocalExportSink = BasicLocalExportSink<>;

static_assert(ExportSink<LocalExportSink>);

} // namespace cellos::inline CELLOS_ABI
