/// @file
/// The part of the OCI runtime specification's `config.json` that this library writes, as plain
/// structs. Member names are those of the specification in snake_case;
/// <cellos/host/gvisor/bundle/describe_oci.hpp> lets <cellos/json/write.hpp> turn the structs into
/// JSON, leaving out empty members.
#pragma once

#include <cellos/core/config.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cellos::inline CELLOS_ABI::oci {

struct User {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};

/// The five sets of capabilities(7). All empty: the process has no capabilities and can gain none.
struct Capabilities {
    std::vector<std::string> bounding{};
    std::vector<std::string> effective{};
    std::vector<std::string> inheritable{};
    std::vector<std::string> permitted{};
    std::vector<std::string> ambient{};
};

/// One limit of getrlimit(2), by its name there.
struct Rlimit {
    std::string type{};
    std::uint64_t hard = 0;
    std::uint64_t soft = 0;
};

/// The process that runs in the container.
struct Process {
    bool terminal = false;
    User user{};
    std::vector<std::string> args{};
    std::vector<std::string_view> env{}; ///< `NAME=value`
    std::string cwd{};
    Capabilities capabilities{};
    bool no_new_privileges = true;
    std::vector<Rlimit> rlimits{};
};

/// The root file system; a relative path is relative to the bundle's directory.
struct Root {
    std::string path{};
    bool readonly = true;
};

struct Mount {
    std::string destination{};
    std::string type{};
    std::string source{};
    std::vector<std::string> options{};
};

/// A new namespace of this type, or the one at `path`.
struct Namespace {
    std::string type{};
    std::optional<std::string> path{};
};

struct Linux {
    std::vector<Namespace> namespaces{};
    std::vector<std::string> masked_paths{};
    std::vector<std::string> readonly_paths{};
};

/// The whole `config.json`.
struct Config {
    std::string oci_version = "1.0.2";
    std::optional<Process> process{}; ///< empty only in a container that is never started
    Root root{};
    std::string hostname{};
    std::vector<Mount> mounts{};
    Linux linux_{};
};

} // namespace cellos::inline CELLOS_ABI::oci
