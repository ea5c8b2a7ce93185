/// @file
/// Everything that needs no optional dependency.
#pragma once

#include <cellos/broker/environment.hpp>
#include <cellos/broker/memory.hpp>
#include <cellos/core.hpp>
#include <cellos/host/gvisor.hpp>
#include <cellos/host/stub.hpp>
#include <cellos/json.hpp>
#include <cellos/sink/memory.hpp>
#include <cellos/supervisor.hpp>
#ifdef __linux__
#include <cellos/broker/file.hpp>
#include <cellos/sink/json_lines.hpp>
#endif
