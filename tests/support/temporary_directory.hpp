#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cellos_test {

/// A directory of its own for one test, removed with all that is in it.
class TemporaryDirectory {
public:
    explicit TemporaryDirectory(
        const std::filesystem::path& place = std::filesystem::temp_directory_path()
    ) {
        std::string pattern = (place / "cellos-test-XXXXXX").native();
        if (::mkdtemp(pattern.data()) == nullptr)
            throw std::runtime_error{"cannot make " + pattern};
        path_ = pattern;
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

    /// Makes a file in it and returns its path.
    std::filesystem::path write(
        const std::string& name,
        std::string_view content,
        std::filesystem::perms mode = std::filesystem::perms{0644}
    ) const {
        const auto file = path_ / name;
        std::ofstream{file, std::ios::binary} << content;
        std::filesystem::permissions(file, mode);
        return file;
    }

private:
    std::filesystem::path path_;
};

} // namespace cellos_test
