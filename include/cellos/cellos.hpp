/// @file
/// Everything that needs no optional dependency.
#pragma once

#include <cellos/broker/environment.hpp>
#include <cellos/broker/memory.hpp>
#include <cellos/core.hpp>
#include <cellos/evidence/audit.hpp>
#include <cellos/host/gvisor.hpp>
#include <cellos/host/stub.hpp>
#include <cellos/json.hpp>
#include <cellos/policy/parse_pack.hpp>
#include <cellos/redaction/redacted.hpp>
#include <cellos/redaction/redacting.hpp>
#include <cellos/sink/memory.hpp>
#include <cellos/supervisor.hpp>
#ifdef __linux__
#include <cellos/broker/file.hpp>
#include <cellos/export/local.hpp>
#include <cellos/host/prewarmed.hpp>
#include <cellos/sink/json_lines.hpp>
#include <cellos/trace/chrome.hpp>
#include <cellos/trace/stderr.hpp>
#endif
