/// @file
/// Describes the execution cell document to the json layer.
#pragma once

#include <cellos/core/document.hpp>
#include <cellos/json/describe.hpp>

CELLOS_DESCRIBE_STRUCT(cellos::CpuMax, quota_micros, period_micros);
CELLOS_DESCRIBE_STRUCT(
    cellos::Limits,
    memory_max_bytes,
    cpu_max,
    graceful_shutdown_seconds,
    max_processes,
    max_open_files,
    max_file_bytes,
    scratch_bytes,
    max_output_bytes,
    cpu_time_ms,
    stack_bytes
);
CELLOS_DESCRIBE_STRUCT(
    cellos::RunSpec, argv, working_directory, timeout_ms, secret_delivery, limits
);
CELLOS_DESCRIBE_STRUCT(cellos::EnvironmentSpec, variables);
CELLOS_DESCRIBE_STRUCT(cellos::EgressRule, host, port, protocol);
CELLOS_DESCRIBE_STRUCT(cellos::Authority, secret_refs, egress_rules);
CELLOS_DESCRIBE_STRUCT(cellos::Lifetime, ttl_seconds);
CELLOS_DESCRIBE_STRUCT(cellos::ExportArtifact, name, path);
CELLOS_DESCRIBE_STRUCT(cellos::ExportSpec, artifacts);
CELLOS_DESCRIBE_STRUCT(
    cellos::Correlation,
    platform,
    external_run_id,
    external_job_id,
    tenant_id,
    correlation_id,
    labels
);
CELLOS_DESCRIBE_STRUCT(cellos::Placement, pool_id, kubernetes_namespace, queue_name);
CELLOS_DESCRIBE_STRUCT(cellos::PolicyReference, pack_id, pack_version);
CELLOS_DESCRIBE_STRUCT(cellos::WorkloadIdentity, audience);
CELLOS_DESCRIBE_STRUCT(
    cellos::ExecutionCellSpec,
    id,
    run,
    environment,
    authority,
    lifetime,
    export_,
    correlation,
    placement,
    policy,
    identity
);
CELLOS_DESCRIBE_STRUCT(cellos::ExecutionCellDocument, api_version, kind, spec);
