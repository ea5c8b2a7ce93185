#pragma once

#include "support/own_control_group.hpp"
#include "support/residue.hpp"

#include <cellos/core/command_document.hpp>
#include <cellos/host/gvisor.hpp>
#include <cellos/os/state_directory.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace cellos_tests {

/// A document that runs `argv` and may take a minute.
inline cellos::ExecutionCellDocument cell_document(
    std::vector<std::string> argv, std::string id = "test"
) {
    auto document = cellos::command_document(std::move(id), std::move(argv));
    document.spec.lifetime.ttl_seconds = 60;
    return document;
}

inline cellos::ExecutionCellDocument shell_document(std::string script, std::string id = "test") {
    return cell_document({"/bin/sh", "-c", std::move(script)}, std::move(id));
}

/// From here on this program counts its own sandboxes only. To be called before it becomes, or
/// forks, somebody who cannot make control groups.
inline void enter_own_control_group() {
    static const OwnControlGroup group;
}

/// A state directory of the test's own, in memory like the default one, and gone with the test. The
/// runsc under test is `CELLOS_TEST_RUNSC` if that is set, so that one suite serves several
/// versions.
class StateDirectory {
public:
    StateDirectory()
        : path_{
              cellos::os::default_state_directory().parent_path() /
              ("ct-" + cellos::os::random_id().value())} {
        enter_own_control_group();
    }
    StateDirectory(const StateDirectory&) = delete;
    StateDirectory& operator=(const StateDirectory&) = delete;
    ~StateDirectory() {
        std::error_code ignored;
        // By which cells are counted; it stays as long as the directory does.
        std::filesystem::remove(path_ / "places", ignored);
        std::filesystem::remove(path_, ignored);
    }

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

    [[nodiscard]] cellos::GVisorConfig config() const {
        cellos::GVisorConfig config;
        config.state_directory = path_;
        if (const char* runsc = std::getenv("CELLOS_TEST_RUNSC")) config.runsc = runsc;
        return config;
    }

private:
    std::filesystem::path path_;
};

} // namespace cellos_tests
