/// @file
/// From a document and the operator's config to the OCI `config.json` that runsc reads. Pure and
/// portable: nothing here looks at the host, so the same arguments give the same text on every
/// machine.
///
/// Where the workload starts. Its working directory is
///   * used as it is at or below a place that already has its content: `/`, `/tmp` itself, `/proc`,
///   `/sys`,
///     `/dev`, `/inputs`, one of the mounts, and in a SystemRootfs `/usr`, `/etc`, `/bin`, `/sbin`,
///     `/lib*`;
///   * used as it is in a DirectoryRootfs that keeps files there
///     (BundleParameters::working_directory_has_content): a scratch file system would hide them;
///   * else a scratch file system of the workload's own, writable and gone with the cell.
#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/environment.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/secret.hpp>
#include <cellos/host/gvisor/config.hpp>
#include <cellos/host/gvisor/oci.hpp>
#include <cellos/json/write.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cellos::inline v0 {

/// What differs from run to run, or from host to host, and is neither the document's nor the
/// operator's to say.
struct BundleParameters {
    /// The cell's root directory: absolute, or relative to the bundle.
    std::string root_path = "rootfs";
    /// The whole environment as `NAME=value`, secrets included. Nothing: cell_environment() of the
    /// document.
    std::optional<std::vector<std::string>> environment{};
    /// The directory of the host that the cell sees, read-only, as `/inputs`.
    std::optional<std::filesystem::path> inputs{};
    /// Further mounts of this run, under the same rules as the operator's.
    std::vector<HostMount> mounts{};
    /// Those of `system_directories` that are directories of the host and not links into its
    /// `/usr`.
    std::vector<std::string> bound_system_directories{};
    /// A DirectoryRootfs holds files at the document's working directory.
    bool working_directory_has_content = false;
    /// A cgroup around the sandbox enforces `limits.memoryMaxBytes`. Else each process is held to
    /// it alone.
    bool cgroup_limits_memory = false;
    /// A cgroup around the sandbox enforces `limits.cpuMax`. Else a document that has one is
    /// refused.
    bool cgroup_limits_cpu = false;
};

/// What a merged-/usr system keeps as links into `/usr`, and an older one as directories.
inline constexpr std::array<std::string_view, 5> system_directories{
    "/bin", "/sbin", "/lib", "/lib32", "/lib64"};

/// The sandbox itself needs 15 to 17 MiB; with less than this it dies before the workload starts.
inline constexpr std::int64_t min_memory_bytes = std::int64_t{32} << 20;

/// Size of each scratch file system where the document sets none.
inline constexpr std::int64_t default_scratch_bytes = std::int64_t{256} << 20;

/// A path of the cell without `.`, doubled and trailing slashes; nothing when it isn't absolute,
/// climbs with
/// `..` or holds a NUL. Not std::filesystem::path, which has other rules on other hosts.
[[nodiscard]] inline std::optional<std::string> normal_cell_path(std::string_view path) {
    if (!path.starts_with('/') || path.find('\0') != path.npos) return std::nullopt;
    std::string normal;
    while (!path.empty()) {
        const std::string_view part = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(part.size() + 1, path.size()));
        if (part == "..") return std::nullopt;
        if (!part.empty() && part != ".") normal.append("/").append(part);
    }
    return normal.empty() ? "/" : normal;
}

/// Whether the normal path `path` is `place` or something in it.
[[nodiscard]] constexpr bool at_or_below(std::string_view path, std::string_view place) noexcept {
    return place == "/" ||
           (path.starts_with(place) && (path.size() == place.size() || path[place.size()] == '/'));
}

/// The cell's host name: its id as one DNS label, so that no tool takes a part of it for a domain.
[[nodiscard]] inline std::string cell_hostname(std::string_view cell_id) {
    constexpr std::size_t longest_label = 63;
    const auto is_alphanumeric = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    std::string name{cell_id.substr(0, longest_label)};
    std::replace_if(
        name.begin(), name.end(), [&](char c) { return !is_alphanumeric(c); }, '-'
    );
    const auto last = name.find_last_not_of('-');
    name.erase(last == name.npos ? 0 : last + 1);
    name.erase(0, name.find_first_not_of('-'));
    return name.empty() ? "cell" : name;
}

namespace detail {

// The cell's own file systems; nothing else is mounted there or below.
inline constexpr std::array<std::string_view, 4> own_places{"/proc", "/sys", "/dev", "/inputs"};

// Collects what cannot be enforced, so that the user sees all of it at once.
class Refusals {
public:
    void add(std::string line) { lines_ += (lines_.empty() ? "" : "\n") + std::move(line); }

    [[nodiscard]] Result<void> result() && {
        if (lines_.empty()) return {};
        return failure(CellosError::Kind::Unsupported, std::move(lines_));
    }

private:
    std::string lines_;
};

[[nodiscard]] inline bool is_system(const Rootfs& rootfs) noexcept {
    return std::holds_alternative<SystemRootfs>(rootfs);
}

[[nodiscard]] inline bool any_holds(
    std::span<const std::string_view> places, std::string_view path
) noexcept {
    return std::any_of(places.begin(), places.end(), [&](auto place) {
        return at_or_below(path, place);
    });
}

// JSON has no other text: a byte that is not UTF-8 would silently reach the workload as another
// one.
[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    for (std::size_t i = 0; i < text.size();) {
        const unsigned lead = byte(i);
        const std::size_t length = lead < 0x80   ? 1
                                   : lead < 0xC2 ? 0
                                   : lead < 0xE0 ? 2
                                   : lead < 0xF0 ? 3
                                   : lead < 0xF5 ? 4
                                                 : 0;
        if (length == 0 || text.size() - i < length) return false;
        std::uint32_t point = length == 1 ? lead : lead & (0x7Fu >> length);
        for (std::size_t k = 1; k < length; ++k) {
            if ((byte(i + k) & 0xC0u) != 0x80u) return false;
            point = point << 6 | (byte(i + k) & 0x3Fu);
        }
        const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
        if (overlong || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
        i += length;
    }
    return true;
}

// All mounts of a run, in the order in which they are mounted.
[[nodiscard]] inline std::vector<HostMount> host_mounts(
    const GVisorConfig& config, const BundleParameters& parameters
) {
    std::vector<HostMount> mounts = config.mounts;
    mounts.insert(mounts.end(), parameters.mounts.begin(), parameters.mounts.end());
    return mounts;
}

inline void refuse_bad_mounts(
    std::span<const HostMount> mounts, const Rootfs& rootfs, Refusals& refusals
) {
    std::vector<std::string> taken;
    for (const HostMount& mount : mounts) {
        const std::string text = "mount at \"" + mount.cell + "\": ";
        // generic_string(): on Windows "/srv" has a root directory, but is not absolute.
        const auto host = normal_cell_path(mount.host.generic_string());
        if (!host) refusals.add(text + "the host path must be absolute and free of \"..\"");
        const auto cell = normal_cell_path(mount.cell);
        if (!cell) {
            refusals.add(text + "the cell path must be absolute and free of \"..\"");
            continue;
        }
        if (!is_utf8(*cell) || (host && !is_utf8(*host)))
            refusals.add(text + "paths must be UTF-8");
        if (*cell == "/" || *cell == "/tmp" || any_holds(own_places, *cell)) {
            refusals.add(text + "the cell has a file system of its own there");
        } else if (is_system(rootfs) && (at_or_below(*cell, "/usr") || any_holds(system_directories, *cell))) {
            refusals.add(text + "SystemRootfs has the host's own there, read-only");
        }
        for (const std::string& other : taken) {
            if (at_or_below(*cell, other) || at_or_below(other, *cell))
                refusals.add(text + "collides with the mount at \"" + other + '"');
        }
        taken.push_back(*cell);
    }
}

inline void refuse_bad_limits(
    const Limits& limits, const BundleParameters& parameters, Refusals& refusals
) {
    if (limits.memory_max_bytes && *limits.memory_max_bytes < min_memory_bytes) {
        refusals.add(
            "spec.run.limits.memoryMaxBytes must be at least " + std::to_string(min_memory_bytes) +
            " (32 MiB): the sandbox itself needs half of it"
        );
    }
    if (limits.cpu_max && !parameters.cgroup_limits_cpu) {
        refusals.add("spec.run.limits.cpuMax cannot be enforced here: it needs a cgroup with a cpu "
                     "controller");
    }
}

inline void refuse_bad_run(
    const RunSpec& run, const BundleParameters& parameters, Refusals& refusals
) {
    if (run.secret_delivery == SecretDelivery::RuntimeBroker ||
        run.secret_delivery == SecretDelivery::RuntimeLeasedBroker) {
        const bool leased = run.secret_delivery == SecretDelivery::RuntimeLeasedBroker;
        refusals.add(
            std::string{"spec.run.secretDelivery "} +
            (leased ? "runtimeLeasedBroker" : "runtimeBroker") +
            " is not supported by this backend: use env"
        );
    }
    for (std::size_t i = 0; i < run.argv.size(); ++i) {
        if (!is_utf8(run.argv[i]) || run.argv[i].find('\0') != std::string::npos)
            refusals.add("spec.run.argv[" + std::to_string(i) + "] must be UTF-8 without NUL");
    }
    const std::string cwd = run.working_directory.value_or("/");
    if (!normal_cell_path(cwd) || !is_utf8(cwd))
        refusals.add("spec.run.workingDirectory must be absolute, UTF-8 and free of \"..\"");
    if (run.limits) refuse_bad_limits(*run.limits, parameters, refusals);
}

// Names the variable, never its value.
inline void refuse_bad_environment(
    std::span<const std::string_view> environment, Refusals& refusals
) {
    for (const std::string_view variable : environment) {
        const std::string_view name = variable.substr(0, variable.find('='));
        if (name.empty() || name.size() == variable.size() || !is_utf8(name)) {
            refusals.add("a variable of the environment is not NAME=value");
        } else if (!is_utf8(variable) || variable.find('\0') != variable.npos) {
            refusals.add("the value of " + std::string{name} + " must be UTF-8 without NUL");
        }
    }
}

[[nodiscard]] inline std::vector<oci::Rlimit> rlimits(
    const Limits& limits, const BundleParameters& parameters
) {
    std::vector<oci::Rlimit> all;
    const auto add = [&](const char* type, std::optional<std::int64_t> limit) {
        if (!limit) return;
        const auto value = static_cast<std::uint64_t>(*limit);
        all.push_back({.type = type, .hard = value, .soft = value});
    };
    add("RLIMIT_CORE", 0);
    add("RLIMIT_NPROC", limits.max_processes);
    add("RLIMIT_NOFILE", limits.max_open_files);
    add("RLIMIT_FSIZE", limits.max_file_bytes);
    if (!parameters.cgroup_limits_memory) add("RLIMIT_AS", limits.memory_max_bytes);
    return all;
}

[[nodiscard]] inline oci::Mount bind_mount(
    std::string source, std::string destination, bool writable
) {
    oci::Mount mount{
        std::move(destination), "bind", std::move(source), {"rbind", "nosuid", "nodev"}};
    if (!writable) mount.options.emplace_back("ro");
    return mount;
}

[[nodiscard]] inline oci::Mount scratch_mount(
    std::string destination, std::int64_t size, std::vector<std::string> options
) {
    options.insert(options.begin(), {"nosuid", "nodev", "size=" + std::to_string(size)});
    return {std::move(destination), "tmpfs", "tmpfs", std::move(options)};
}

} // namespace detail

/// Whether the working directory is a scratch file system; the rule stands at the top of this file.
[[nodiscard]] inline bool working_directory_is_scratch(
    const RunSpec& run, const GVisorConfig& config, const BundleParameters& parameters
) {
    const std::string cwd = normal_cell_path(run.working_directory.value_or("/")).value_or("/");
    if (cwd == "/" || cwd == "/tmp" || detail::any_holds(detail::own_places, cwd)) return false;
    for (const HostMount& mount : detail::host_mounts(config, parameters)) {
        if (at_or_below(cwd, normal_cell_path(mount.cell).value_or("/"))) return false;
    }
    if (!detail::is_system(config.rootfs)) return !parameters.working_directory_has_content;
    return !at_or_below(cwd, "/usr") && !at_or_below(cwd, "/etc") &&
           !detail::any_holds(system_directories, cwd);
}

namespace detail {

// Parents before what is mounted in them.
[[nodiscard]] inline std::vector<oci::Mount> cell_mounts(
    const RunSpec& run, const GVisorConfig& config, const BundleParameters& parameters
) {
    const std::int64_t size = run.limits ? run.limits->scratch_bytes.value_or(default_scratch_bytes)
                                         : default_scratch_bytes;
    std::vector<oci::Mount> mounts{
        {"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}},
        {"/dev", "tmpfs", "tmpfs", {"nosuid", "noexec", "mode=755"}},
        // POSIX shared memory and semaphores; left alone, runsc makes a directory that only root
        // may write to.
        scratch_mount("/dev/shm", size, {"noexec", "mode=1777"}),
        {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}},
        scratch_mount("/tmp", size, {"mode=1777"}),
    };
    if (is_system(config.rootfs)) {
        mounts.push_back(bind_mount("/usr", "/usr", false));
        for (const std::string& directory : parameters.bound_system_directories)
            mounts.push_back(bind_mount(directory, directory, false));
    }
    if (working_directory_is_scratch(run, config, parameters)) {
        const auto [uid, gid] = config.user;
        mounts.push_back(scratch_mount(
            *normal_cell_path(*run.working_directory),
            size,
            {"uid=" + std::to_string(uid), "gid=" + std::to_string(gid), "mode=755"}
        ));
    }
    if (parameters.inputs)
        mounts.push_back(bind_mount(parameters.inputs->generic_string(), "/inputs", false));
    for (const HostMount& mount : host_mounts(config, parameters))
        mounts.push_back(
            bind_mount(mount.host.generic_string(), *normal_cell_path(mount.cell), mount.writable)
        );
    return mounts;
}

[[nodiscard]] inline oci::Process cell_process(
    const RunSpec& run,
    const GVisorConfig& config,
    const BundleParameters& parameters,
    std::span<const std::string_view> environment
) {
    return {
        .terminal = false,
        .user = {config.user.uid, config.user.gid},
        .args = run.argv,
        .env = {environment.begin(), environment.end()},
        .cwd = *normal_cell_path(run.working_directory.value_or("/")),
        .capabilities = {},
        .no_new_privileges = true,
        .rlimits = rlimits(run.limits.value_or(Limits{}), parameters),
    };
}

// Without a path each namespace is a new one; the network's holds nothing but a loopback device.
[[nodiscard]] inline oci::Linux cell_isolation() {
    return {
        .namespaces = {{"pid", {}}, {"ipc", {}}, {"uts", {}}, {"mount", {}}, {"network", {}}},
        .masked_paths =
            {"/proc/acpi",
             "/proc/asound",
             "/proc/kcore",
             "/proc/keys",
             "/proc/latency_stats",
             "/proc/sched_debug",
             "/proc/scsi",
             "/proc/timer_list",
             "/proc/timer_stats",
             "/sys/firmware"},
        .readonly_paths =
            {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"},
    };
}

} // namespace detail

/// Where in the cell's root runsc needs a mount point or a directory of the host's: what is bound
/// there, and the working directory. runsc makes the missing ones **in the host's directory**, so a
/// rootfs that the cell does not own must hold them all. Normal paths, sorted; the arguments must
/// be ones that generate_bundle_config() accepts.
[[nodiscard]] inline std::vector<std::string> cell_mount_points(
    const ExecutionCellDocument& document,
    const GVisorConfig& config,
    const BundleParameters& parameters = {}
) {
    const RunSpec run = document.spec.run.value_or(RunSpec{});
    std::vector<std::string> points{
        normal_cell_path(run.working_directory.value_or("/")).value_or("/")};
    for (oci::Mount& mount : detail::cell_mounts(run, config, parameters))
        if (mount.type == "bind") points.push_back(std::move(mount.destination));
    std::sort(points.begin(), points.end());
    points.erase(std::unique(points.begin(), points.end()), points.end());
    return points;
}

/// The complete `config.json` of the cell. `argv` is passed as it is, never through a shell; no
/// path of the host comes from the document; without `run` there is no process in it. Fails with
/// Unsupported, one line for each thing that this backend cannot enforce or do. The text holds the
/// values of the environment: wipe it after use.
[[nodiscard]] inline Result<std::string> generate_bundle_config(
    const ExecutionCellDocument& document,
    const GVisorConfig& config,
    const BundleParameters& parameters = {}
) {
    const RunSpec run = document.spec.run.value_or(RunSpec{});
    if (document.spec.run && run.argv.empty())
        return failure(
            CellosError::Kind::InvalidSpec, "spec.run.argv must have at least one element"
        );

    std::vector<std::string> own_environment;
    if (!parameters.environment) {
        for (const auto& [name, value] : cell_environment(document.spec))
            own_environment.push_back(name + '=' + value);
    }
    const std::vector<std::string>& variables =
        parameters.environment ? *parameters.environment : own_environment;
    const std::vector<std::string_view> environment{variables.begin(), variables.end()};

    detail::Refusals refusals;
    if (!document.spec.authority.egress_rules.empty())
        refusals.add(
            "network egress is not supported by this backend yet: remove spec.authority.egressRules"
        );
    detail::refuse_bad_run(run, parameters, refusals);
    detail::refuse_bad_environment(environment, refusals);
    detail::refuse_bad_mounts(detail::host_mounts(config, parameters), config.rootfs, refusals);
    if (auto accepted = std::move(refusals).result(); !accepted)
        return failure(std::move(accepted.error()));

    const oci::Config bundle{
        .oci_version = "1.0.2",
        .process = document.spec.run
                       ? std::optional{detail::cell_process(run, config, parameters, environment)}
                       : std::nullopt,
        .root = {.path = parameters.root_path, .readonly = true},
        .hostname = cell_hostname(document.spec.id),
        .mounts = detail::cell_mounts(run, config, parameters),
        .linux_ = detail::cell_isolation(),
    };
    json::Tree tree = json::tree_of(bundle);
    std::string text = json::write(tree);
    // The tree has copies of its own of every value.
    if (document.spec.run) {
        for (json::Tree& variable : tree["process"]["env"]) {
            auto& copy = variable.get_ref<std::string&>();
            Secret::wipe(copy.data(), copy.size());
        }
    }
    return text;
}

} // namespace cellos::inline v0
