/// @file
/// Makes the structs of <cellos/host/gvisor/bundle/oci.hpp> known to <cellos/json/write.hpp>. Slow
/// to compile; only the `.ipp` files that write JSON should include it.
#pragma once

#include <cellos/host/gvisor/bundle/oci.hpp>
#include <cellos/json/describe.hpp>

CELLOS_DESCRIBE_STRUCT(cellos::oci::User, uid, gid);
CELLOS_DESCRIBE_STRUCT(
    cellos::oci::Capabilities, bounding, effective, inheritable, permitted, ambient
);
CELLOS_DESCRIBE_STRUCT(cellos::oci::Rlimit, type, hard, soft);
CELLOS_DESCRIBE_STRUCT(
    cellos::oci::Process, terminal, user, args, env, cwd, capabilities, no_new_privileges, rlimits
);
CELLOS_DESCRIBE_STRUCT(cellos::oci::Root, path, readonly);
CELLOS_DESCRIBE_STRUCT(cellos::oci::Mount, destination, type, source, options);
CELLOS_DESCRIBE_STRUCT(cellos::oci::Namespace, type, path);
CELLOS_DESCRIBE_STRUCT(cellos::oci::Linux, namespaces, masked_paths, readonly_paths);
CELLOS_DESCRIBE_STRUCT(cellos::oci::Config, oci_version, process, root, hostname, mounts, linux_);
