/// @file
/// Describes the data of events to the json layer.
#pragma once

#include <cellos/core/event.hpp>
#include <cellos/json/describe.hpp>
#include <cellos/json/describe_document.hpp>
#include <cellos/json/describe_usage.hpp>

CELLOS_DESCRIBE_STRUCT(
    cellos::CellStarted,
    cell_id,
    spec_id,
    kernel_digest_sha256,
    rootfs_digest_sha256,
    firecracker_digest_sha256,
    correlation
);
CELLOS_DESCRIBE_STRUCT(cellos::IdentityMaterialized, cell_id, secret_ref);
CELLOS_DESCRIBE_STRUCT(cellos::IdentityRevoked, cell_id, secret_ref);
CELLOS_DESCRIBE_STRUCT(cellos::IdentityFailed, cell_id, secret_ref, reason);
CELLOS_DESCRIBE_STRUCT(
    cellos::ProcessSpawned, cell_id, program, argument_count, executed_on, command_id
);
CELLOS_DESCRIBE_STRUCT(
    cellos::CommandCompleted, cell_id, exit_code, signal, reason, usage, command_id
);
CELLOS_DESCRIBE_STRUCT(cellos::ExportCompleted, cell_id, name, target_kind, size_bytes, sha256);
CELLOS_DESCRIBE_STRUCT(cellos::ExportFailed, cell_id, name, target_kind, reason);
CELLOS_DESCRIBE_STRUCT(
    cellos::ComplianceSummary,
    cell_id,
    ttl_seconds,
    egress_rule_count,
    secret_delivery,
    executed_on,
    exit_code,
    exit_reason,
    peers_tracked_after,
    egress_enforced,
    usage,
    command_count
);
CELLOS_DESCRIBE_STRUCT(cellos::CellDestroyed, cell_id, outcome, terminal_state);
CELLOS_DESCRIBE_STRUCT(cellos::PolicyAdmitted, cell_id, pack_id, pack_version);
CELLOS_DESCRIBE_STRUCT(cellos::PolicyRefused, cell_id, pack_id, pack_version, violations);
CELLOS_DESCRIBE_STRUCT(cellos::CellRefused, cell_id, reason);
CELLOS_DESCRIBE_STRUCT(cellos::Provenance, parent, parent_type);
