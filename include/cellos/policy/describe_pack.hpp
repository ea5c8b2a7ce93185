/// @file
/// Describes policy packs to the json layer.
#pragma once

#include <cellos/json/describe.hpp>
#include <cellos/json/describe_document.hpp>
#include <cellos/policy/pack.hpp>

CELLOS_DESCRIBE_STRUCT(
    cellos::PolicyRules,
    max_ttl_seconds,
    max_timeout_ms,
    max_memory_bytes,
    required_limits,
    allowed_egress,
    allowed_secrets,
    allowed_programs,
    allowed_exports,
    require_file_delivery
);
CELLOS_DESCRIBE_STRUCT(cellos::PolicyPack, id, version, rules);
