#include "doctor.hpp"

#include <cellos/core/command_document.hpp>
#include <cellos/core/visible.hpp>
#include <cellos/host/gvisor.hpp>
#include <cellos/host/gvisor/cell/limits.hpp>
#include <cellos/host/gvisor/runsc/runsc.hpp>
#include <cellos/host/gvisor/runsc/version.hpp>
#include <cellos/host/prewarmed.hpp>
#include <cellos/host/sandbox/agent/image.hpp>
#include <cellos/os/cgroup_hierarchy.hpp>
#include <cellos/os/control_group.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/network_namespace.hpp>
#include <cellos/os/state_directory.hpp>
#include <cellos/supervisor.hpp>

#include <algorithm>
#include <array>
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

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>
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

/// The rest of a line of /etc/os-release, without quotes.
std::string os_release(std::string_view name) {
    const auto text = cellos::os::read_file(AT_FDCWD, "/etc/os-release");
    if (!text) return {};
    const std::string lines = '\n' + *text;
    const std::string key = '\n' + std::string{name} + '=';
    const auto found = lines.find(key);
    if (found == std::string::npos) return {};
    const auto start = found + key.size();
    std::string value = lines.substr(start, lines.find('\n', start) - start);
    std::erase(value, '"');
    return value;
}

/// Where there is a runsc without these faults.
std::string where_newer_is() {
    const std::string release = os_release("VERSION_CODENAME");
    std::string elsewhere = "https://gvisor.dev/docs/user_guide/install/";
    if (os_release("ID") != "debian" || release.empty()) return elsewhere;
    return "`apt install -t " + release + "-backports runsc`, with " + release +
           "-backports in apt's sources, or " + elsewhere;
}

/// What this runsc is known to do wrong, and what of that cells are spared.
void examine_version(const std::string& version) {
    namespace gvisor = cellos::gvisor;
    const auto release = gvisor::release_in(version);
    std::string known;
    gvisor::RunscRelease mended_in = gvisor::first_with_private_control_socket;
    if (release) {
        for (const auto& fault : gvisor::known_faults(*release)) {
            known += std::string{known.empty() ? "" : "; "} + std::string{fault.what};
            mended_in = std::max(mended_in, fault.mended_in);
        }
    } else {
        known = "its release cannot be told, so that it counts as an old one";
    }
    tell(known.empty(), "known faults", known.empty() ? "none of this release" : known);
    if (!known.empty())
        tell(false, "newer runsc", std::to_string(mended_in) + " or later: " + where_newer_is());
    if (!gvisor::control_socket_is_exposed(release)) {
        tell(true, "control socket", "a file in the cell's private directory");
        return;
    }
    const auto hidden = cellos::os::NetworkNamespace::make();
    tell(
        hidden.has_value(),
        "control socket",
        hidden ? "hidden from other users, in a private network namespace"
               : "every user of this host could reach it, so that cells are refused: " +
                     hidden.error().message
    );
}

/// The platforms of this runsc that work; with Options::quick, all.
std::vector<std::string> examine_runsc(const Options& options) {
    const auto runsc = cellos::gvisor::find_runsc({.runsc = options.runsc});
    if (!runsc) {
        tell(false, "runsc", runsc.error().message);
        return {};
    }
    const auto version = cellos::gvisor::ask_version(*runsc, cellos::os::Clock::now() + 2s);
    tell(
        version.has_value(),
        "runsc",
        runsc->path.string() + ", " + (version ? *version : version.error().message)
    );
    examine_version(version.value_or(std::string{}));
    std::vector<std::string> working = runsc->known_platforms;
    if (!options.quick) {
        std::erase_if(working, [&](const std::string& platform) {
            return !examine_platform(options, platform);
        });
    }
    return working;
}

bool has_capability(int capability) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
    if (::syscall(SYS_capget, &header, sets.data()) == -1) return false;
    const auto number = static_cast<unsigned>(capability);
    return (sets[number / 32].effective >> number % 32 & 1) != 0;
}

void examine_user() {
    const bool root = ::geteuid() == 0;
    const bool capable = has_capability(CAP_SYS_ADMIN);
    tell(
        root && capable,
        "user",
        !root     ? "not root: cells run with `runsc --rootless`, and exports are refused"
        : capable ? "root"
                  : "root without CAP_SYS_ADMIN, which runsc needs of root: give it this "
                    "capability, or run as another user"
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
                    ": sandboxes need them (sysctl user.max_user_namespaces, "
                    "kernel.unprivileged_userns_clone, "
                    "kernel.apparmor_restrict_unprivileged_userns)"
    );
}

/// "a, b or c"
std::string one_of(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        const bool last = &name == &names.back();
        text += (text.empty() ? "" : last ? " or " : ", ") + name;
    }
    return text;
}

/// The limits of a document that cells here cannot be held to; the sandbox itself holds them to all
/// others.
std::vector<std::string> examine_limits() {
    const auto hierarchies = cellos::os::find_cgroup_hierarchies();
    auto group =
        cellos::os::ControlGroup::make(hierarchies, "cellos-doctor-" + std::to_string(::getpid()));
    if (group) {
        const auto of_version = [](bool unified) {
            return [=](const auto& hierarchy) { return hierarchy.unified == unified; };
        };
        const bool first = std::ranges::any_of(hierarchies, of_version(false));
        const bool second = std::ranges::any_of(hierarchies, of_version(true));
        tell(
            true,
            "control groups",
            first && second ? "hybrid"
            : second        ? "version 2"
                            : "version 1"
        );
    } else {
        tell(false, "control groups", group.error().message);
    }
    std::vector<std::string> missing;
    if (!group) {
        missing = {"memoryMaxBytes", "cpuMax", "cpuTimeMs"};
        tell(
            false,
            "limits",
            one_of(missing) + ": refused, since they take a control group, which needs root, or a "
                              "group that is delegated to this user"
        );
        return missing;
    }
    std::string reasons;
    const auto need = [&](const char* limit, cellos::Result<void> reserved) {
        reserved = cellos::gvisor::with_advice(std::move(reserved));
        if (reserved) return;
        reasons += std::string{missing.empty() ? "" : "; "} + limit + ": refused, " +
                   reserved.error().message;
        missing.emplace_back(limit);
    };
    need("memoryMaxBytes", group->reserve("memory"));
    need("cpuMax", group->limit_cpu(100'000, 100'000));
    if (!group->cpu_time()) {
        need(
            "cpuTimeMs",
            cellos::failure(
                cellos::CellosError::Kind::Unsupported, "no control group counts processor time"
            )
        );
    }
    tell(
        missing.empty(),
        "limits",
        missing.empty() ? "all of a document can be enforced" : std::move(reasons)
    );
    return missing;
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
    if (!options.quick) examine_warm_cells(options, platforms);
    examine_user();
    const auto missing = examine_limits();
    examine_state_directory();
    examine_signing();
    if (options.quick) return cells_run ? 0 : 1;
    std::string verdict = cells_run ? "Cells can run here" : "Cells cannot run here";
    if (cells_run && !missing.empty())
        verdict += ", but not those of documents with " + one_of(missing);
    std::cout << verdict << ".\n";
    return cells_run ? 0 : 1;
}

} // namespace cellos_run
