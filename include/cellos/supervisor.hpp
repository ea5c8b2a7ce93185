/// @file
/// Includes `Supervisor`, the options of a run, and select_backend().
#pragma once

#include <cellos/supervisor/run_options.hpp>
#include <cellos/supervisor/select_backend.hpp>
#include <cellos/supervisor/supervisor.hpp>
