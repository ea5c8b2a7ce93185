// A valid document that has every member, for tests to spoil in one place.
#pragma once

#include <cellos/core/document.hpp>

namespace cellos::test {

inline ExecutionCellDocument sample_document() {
    ExecutionCellDocument document;
    ExecutionCellSpec& spec = document.spec;
    spec.id = "build-42";

    RunSpec& run = spec.run.emplace();
    run.argv = {"/usr/bin/env", "A=\"quoted\"", "\xC3\xA9"};
    run.working_directory = "/work";
    run.timeout_ms = 5000;
    run.secret_delivery = SecretDelivery::File;
    Limits& limits = run.limits.emplace();
    limits.memory_max_bytes = 64 << 20;
    limits.cpu_max = CpuMax{50'000, 100'000};
    limits.graceful_shutdown_seconds = 0;
    limits.max_processes = 32;
    limits.max_open_files = 64;
    limits.max_file_bytes = 1 << 20;
    limits.scratch_bytes = 8 << 20;
    limits.max_output_bytes = 4096;
    limits.cpu_time_ms = 1500;
    limits.stack_bytes = 16 << 20;

    spec.environment.emplace().variables = {{"LANG", "C.UTF-8"}, {"PASSWORD", "hunter2"}};
    spec.authority.secret_refs = {"API_TOKEN", "_k"};
    spec.authority.egress_rules = {
        {"example.org", 443, {}}, {"2001:db8::/32", 53, EgressProtocol::Udp}};
    spec.lifetime.ttl_seconds = 60;
    spec.export_.emplace().artifacts = {{"log.txt", "/work/log.txt"}, {"core", "/tmp/core"}};
    spec.correlation = Correlation{"ci", "run-1", "job-2", "tenant-3", "c-4", {{"team", "blue"}}};
    spec.placement = Placement{"pool", "namespace", "queue"};
    spec.policy = PolicyReference{"pack", "1.0"};
    spec.identity = WorkloadIdentity{"https://example.org"};
    return document;
}

} // namespace cellos::test
