#pragma once

#include <cellos/core/secret.hpp>
#include <cellos/os/descriptor.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <sys/random.h>
#include <sys/stat.h>

namespace cellos_tests {

/// A random secret that can be searched for, although the test itself never holds it where it
/// searches: what it keeps is the complement of each byte.
class Marker {
public:
    Marker() {
        static_cast<void>(::getrandom(mask_.data(), mask_.size(), 0));
        for (unsigned char& byte : mask_)
            byte = static_cast<unsigned char>(~("0123456789abcdefghijklmnopqrstuv"[byte % 32]));
    }

    /// The secret itself, 32 letters and digits.
    [[nodiscard]] cellos::Secret secret() const {
        cellos::SecretMemory memory{mask_.size() + 1};
        for (std::size_t i = 0; i < mask_.size(); ++i)
            memory.data()[i] = static_cast<char>(~mask_[i]);
        return {std::move(memory), mask_.size()};
    }

    [[nodiscard]] bool in(std::string_view text) const noexcept {
        const auto is_it = [this](const char* at) {
            for (std::size_t i = 0; i < mask_.size(); ++i)
                if (static_cast<unsigned char>(~mask_[i]) != static_cast<unsigned char>(at[i]))
                    return false;
            return true;
        };
        for (std::size_t at = 0; at + mask_.size() <= text.size(); ++at)
            if (is_it(text.data() + at)) return true;
        return false;
    }

    /// The files below `root` that hold it, one per line.
    [[nodiscard]] std::string files_with_it(const std::filesystem::path& root) const {
        std::string found;
        std::error_code ignored;
        for (auto it = std::filesystem::recursive_directory_iterator{root, ignored};
             it != std::filesystem::end(it);
             it.increment(ignored)) {
            struct stat info {};
            if (::lstat(it->path().c_str(), &info) == -1 || !S_ISREG(info.st_mode)) continue;
            if (info.st_size > std::int64_t{64} << 20) continue;
            const auto text = cellos::os::read_file(AT_FDCWD, it->path().c_str(), 64 << 20);
            if (text && in(*text)) found += it->path().native() + "\n";
        }
        return found;
    }

    /// The command lines and environments of processes that hold it, those of this process's
    /// children and their descendants included; one per line.
    [[nodiscard]] std::string command_lines_with_it() const {
        std::string found;
        std::error_code ignored;
        for (const auto& entry : std::filesystem::directory_iterator{"/proc", ignored}) {
            const std::string pid = entry.path().filename();
            if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
            const auto text = cellos::os::read_file(AT_FDCWD, (entry.path() / "cmdline").c_str());
            if (text && in(*text)) found += "command line of " + pid + "\n";
        }
        return found;
    }

    /// Where this process's memory, as a core dump would hold it, has it; one mapping per line.
    [[nodiscard]] std::string memory_with_it() const {
        std::string found;
        const auto memory = cellos::os::open_at(AT_FDCWD, "/proc/self/mem", O_RDONLY);
        std::ifstream maps{"/proc/self/smaps"};
        std::string mapping;
        std::uint64_t begin = 0, end = 0;
        bool readable = false;
        for (std::string line; std::getline(maps, line);) {
            if (line.find('-') != std::string::npos && line.find(':') > line.find('-')) {
                mapping = line;
                char dash = 0;
                std::string flags;
                std::istringstream{line} >> std::hex >> begin >> dash >> end >> flags;
                readable = flags.starts_with("rw");
            } else if (line.starts_with("VmFlags:") && readable) {
                // "dd": not dumped.
                if (line.find(" dd") != std::string::npos) continue;
                if (in_memory(memory->get(), begin, end)) found += mapping + "\n";
            }
        }
        return found;
    }

private:
    [[nodiscard]] bool in_memory(int memory, std::uint64_t begin, std::uint64_t end) const {
        // In memory that is left out of the search itself: the copies are made here.
        constexpr std::uint64_t step = 1 << 20;
        cellos::SecretMemory window{step + 64};
        for (std::uint64_t at = begin; at < end; at += step) {
            const auto size = std::min<std::uint64_t>(window.size(), end - at);
            const ssize_t got = ::pread(memory, window.data(), size, static_cast<off_t>(at));
            if (got > 0 && in({window.data(), static_cast<std::size_t>(got)})) return true;
        }
        return false;
    }

    std::array<unsigned char, 32> mask_{};
};

} // namespace cellos_tests
