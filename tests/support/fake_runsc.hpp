#pragma once

#include "support/temporary_directory.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace cellos_tests {

/// A program in runsc's place that misbehaves once it is to run something. Asked for its flags, it
/// answers with the real one's: else nobody would get that far.
class FakeRunsc {
public:
    FakeRunsc(const std::filesystem::path& real, std::string_view script)
        : path_{directory_.write(
              "runsc",
              "#!/bin/bash\n[[ $1 == flags ]] && exec " + real.native() + " flags\n" +
                  std::string{script},
              std::filesystem::perms{0755}
          )} {}

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    cellos_test::TemporaryDirectory directory_;
    std::filesystem::path path_;
};

} // namespace cellos_tests
