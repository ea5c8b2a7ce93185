/// @file
/// The execution cell document as the json layer sees it.
#pragma once

#include <cellos/core/document.hpp>
#include <cellos/json/describe.hpp>

template <>
inline constexpr auto cellos::json::enum_names<cellos::SecretDelivery> =
    std::to_array<cellos::json::EnumName<cellos::SecretDelivery>>({
        {cellos::SecretDelivery::Env, "env"},
        {cellos::SecretDelivery::File, "file"},
        {cellos::SecretDelivery::RuntimeBroker, "runtimeBroker"},
        {cellos::SecretDelivery::RuntimeLeasedBroker, "runtimeLeasedBroker"},
    });

template <>
inline constexpr auto cellos::json::enum_names<cellos::EgressProtocol> =
    std::to_array<cellos::json::EnumName<cellos::EgressProtocol>>({
        {cellos::EgressProtocol::Tcp, "tcp"},
        {cellos::EgressProtocol::Udp, "udp"},
    });

BOOST_HANA_ADAPT_STRUCT(cellos::CpuMax, quota_micros, period_micros);
BOOST_HANA_ADAPT_STRUCT(
    cellos::Limits,
    memory_max_bytes,
    cpu_max,
    graceful_shutdown_seconds,
    max_processes,
    max_open_files,
    max_file_bytes,
    scratch_bytes,
    max_output_bytes
);
BOOST_HANA_ADAPT_STRUCT(
    cellos::RunSpec, argv, working_directory, timeout_ms, secret_delivery, limits
);
BOOST_HANA_ADAPT_STRUCT(cellos::EnvironmentSpec, variables);
BOOST_HANA_ADAPT_STRUCT(cellos::EgressRule, host, port, protocol);
BOOST_HANA_ADAPT_STRUCT(cellos::Authority, secret_refs, egress_rules);
BOOST_HANA_ADAPT_STRUCT(cellos::Lifetime, ttl_seconds);
BOOST_HANA_ADAPT_STRUCT(cellos::ExportArtifact, name, path);
BOOST_HANA_ADAPT_STRUCT(cellos::ExportSpec, artifacts);
BOOST_HANA_ADAPT_STRUCT(
    cellos::Correlation,
    platform,
    external_run_id,
    external_job_id,
    tenant_id,
    correlation_id,
    labels
);
BOOST_HANA_ADAPT_STRUCT(cellos::Placement, pool_id, kubernetes_namespace, queue_name);
BOOST_HANA_ADAPT_STRUCT(cellos::PolicyReference, pack_id, pack_version);
BOOST_HANA_ADAPT_STRUCT(cellos::WorkloadIdentity, audience);
BOOST_HANA_ADAPT_STRUCT(
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
BOOST_HANA_ADAPT_STRUCT(cellos::ExecutionCellDocument, api_version, kind, spec);
