#include "doctor.hpp"

#include <cellos/core/command_document.hpp>
#include <cellos/core/visible.hpp>
#include <cellos/host/gvisor.hpp>
#include <cellos/host/gvisor/runsc/process.hpp>
#include <cellos/host/gvisor/runsc/runsc.hpp>
#include <cellos/host/prewarmed.hpp>
#include <cellos/host/sandbox/agent/image.hpp>
#include <cellos/os/cgroup_hierarchy.hpp>
#include <cellos/os/control_group.hpp>
#include <cellos/os/state_directory.hpp>
#include <cellos/os/tool.hpp>
#include <cellos/supervisor.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cellos_run {

namespace {

using namespace std::chrono_literals;

/// One line of the table.
void tell(bool good, std::string_view what, std::string finding) {
    // Errors of several lines would break the table.
    std::ranges::replace(finding, '\n', ';');
    std::cout << (good ? "  ok   " : "  --   ") << std::left << std::setw(18)
              << cellos::visible(what) << cellos::visible(finding)
              << std::endl; // at once: the next one may take a while
}

std::string describe(const cellos::ExitStatus& exit) {
    if (exit.kind == cellos::ExitStatus::Kind::TimedOut)
        return "hangs: a cell had not run `true` after 5 s, and was ended";
    return "a cell did not run `true`: " + std::string{to_string(exit.kind)};
}

/// Boots a cell on the platform and runs `true` in it. Nothing else proves that a platform works:
/// kvm for one hangs where the device is there but the processor can't.
bool examine_platform(const Options& options, const std::string& platform) {
    const std::string what = "platform " + platform;
    if (platform == "kvm" && ::access("/dev/kvm", R_OK | W_OK) == -1) {
        tell(false, what, "no access to /dev/kvm");
        return false;
    }
    auto document = cellos::command_document("doctor", {"true"});
    document.spec.lifetime.ttl_seconds = 5;
    cellos::Supervisor supervisor{
        cellos::GVisorCellBackend{{.runsc = options.runsc, .platform = platform}}};
    const auto begin = std::chrono::steady_clock::now();
    const auto report = supervisor.run(document, {.stdio = cellos::Discard{}});
    const auto time =
        std::chrono::round<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    const bool works = report && report->outcome == cellos::Outcome::Succeeded;
    if (!report) {
        tell(false, what, report.error().what());
    } else if (!works && report->exit) {
        tell(false, what, describe(*report->exit));
    } else {
        tell(works, what, "ran `true` in a cell in " + std::to_string(time.count()) + " ms");
    }
    return works;
}

/// Boots a sandbox ahead of a cell that never comes, and says what that costs.
void examine_warm(const Options& options, const std::string& platform) {
    const std::string what = "warm, " + platform;
    const cellos::PoolOptions pool{.size = 1};
    cellos::Prewarmed backend{
        cellos::GVisorCellBackend{{.runsc = options.runsc, .platform = platform}}, pool};
    const auto begin = std::chrono::steady_clock::now();
    const auto ready = backend.wait_until_ready({}, begin + 10s);
    const auto time =
        std::chrono::round<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    if (!ready) {
        const bool late = ready.error().kind == cellos::CellosError::Kind::Cancelled;
        tell(false, what, late ? "no sandbox was ready after 10 s" : ready.error().what());
        return;
    }
    const auto memory = backend.stats().idle_memory_bytes;
    const auto age = std::chrono::duration_cast<std::chrono::minutes>(pool.max_idle);
    tell(
        true,
        what,
        "a sandbox is ready in " + std::to_string(time.count()) + " ms, and waits for " +
            std::to_string(age.count()) + " min at most" +
            (memory ? ", which costs " + std::to_string(*memory >> 20) + " MiB of memory"
                    : ", in memory that cannot be told here (no control group)")
    );
}

/// What every sandbox begins with.
void examine_agent() {
    const auto agent = cellos::sandbox::agent::agent_program({});
    tell(
        agent.has_value(),
        "agent",
        agent ? "a program of " + std::to_string(agent->size()) + " bytes" : agent.error().message
    );
}

/// What of Prewarmed works here: `platforms` are those that run cells.
void examine_warm_cells(const Options& options, const std::vector<std::string>& platforms) {
    for (const std::string& platform : platforms) examine_warm(options, platform);
}

/// The platforms of this runsc that work.
std::vector<std::string> examine_runsc(const Options& options) {
    const auto runsc = cellos::gvisor::find_runsc({.runsc = options.runsc});
    if (!runsc) {
        tell(false, "runsc", runsc.error().message);
        return {};
    }
    const auto ask = [&](const char* question) {
        const auto answer = cellos::os::run_tool(
            {.program = runsc->path,
             .argv = {"runsc", question},
             .environment = cellos::gvisor::runsc_environment()},
            cellos::os::Clock::now() + 2s
        );
        return answer ? answer->stdout_text + answer->stderr_text : std::string{};
    };
    const std::string version = ask("--version");
    tell(true, "runsc", runsc->path.string() + ", " + version.substr(0, version.find('\n')));
    std::vector<std::string> working = cellos::gvisor::platforms_listed(ask("flags"));
    std::erase_if(working, [&](const std::string& platform) {
        return !examine_platform(options, platform);
    });
    return working;
}

void examine_user() {
    const bool root = ::geteuid() == 0;
    tell(
        root,
        "user",
        root ? "root: every limit of a document can be enforced"
             : "not root: `runsc --rootless`, without control groups for CPU and memory"
    );
    // In a child, since there is no way back.
    const pid_t child = ::fork();
    if (child == 0) ::_exit(::unshare(CLONE_NEWUSER) == 0 ? 0 : errno);
    int status = -1;
    if (child > 0) ::waitpid(child, &status, 0);
    const bool works = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    tell(
        works,
        "user namespaces",
        works ? "can be made"
              : std::generic_category().message(WEXITSTATUS(status)) +
                    ": rootless cells need them (sysctl user.max_user_namespaces, "
                    "kernel.unprivileged_userns_clone, "
                    "kernel.apparmor_restrict_unprivileged_userns)"
    );
}

void examine_control_groups() {
    const auto hierarchies = cellos::os::find_cgroup_hierarchies();
    bool first = false, second = false;
    std::string controllers;
    for (const auto& hierarchy : hierarchies) {
        (hierarchy.unified ? second : first) = true;
        for (const char* wanted : {"memory", "cpu", "pids"})
            if (hierarchy.has(wanted))
                controllers += std::string{controllers.empty() ? "" : ", "} + wanted;
    }
    const std::string version = first && second ? "hybrid" : second ? "version 2" : "version 1";
    const auto group =
        cellos::os::ControlGroup::make(hierarchies, "cellos-doctor-" + std::to_string(::getpid()));
    if (!group) {
        tell(
            false,
            "control groups",
            group.error().message + " (limits of whole cells need root, or a delegated group)"
        );
    } else {
        tell(
            !controllers.empty(),
            "control groups",
            version + ", limits for: " + (controllers.empty() ? "nothing" : controllers)
        );
    }
}

void examine_state_directory() {
    const auto path = cellos::os::default_state_directory();
    const bool in_memory = cellos::os::memory_backed(path.parent_path().c_str());
    tell(
        in_memory,
        "state directory",
        path.string() + (in_memory ? ", in memory"
                                   : ", on a disk, which secrets must not touch: mount a tmpfs at "
                                     "/run or /dev/shm, or set XDG_RUNTIME_DIR")
    );
}

void examine_signing() {
#ifdef CELLOS_HAS_OPENSSL
    tell(true, "signed events", "this program was built with OpenSSL");
#else
    tell(false, "signed events", "this program was built without OpenSSL: install libssl-dev");
#endif
}

} // namespace

int doctor(const Options& options) {
    tell(true, "cellos", CELLOS_VERSION);
    examine_agent();
    const auto platforms = examine_runsc(options);
    const bool cells_run = !platforms.empty();
    examine_warm_cells(options, platforms);
    examine_user();
    examine_control_groups();
    examine_state_directory();
    examine_signing();
    std::cout << (cells_run ? "Cells can run here.\n" : "Cells cannot run here.\n");
    return cells_run ? 0 : 1;
}

} // namespace cellos_run
