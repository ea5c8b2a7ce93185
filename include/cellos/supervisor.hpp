/// @file
/// The door to the supervisor: `Supervisor`, the options of a run, and a backend by its name.
#pragma once

#include <cellos/supervisor/run_options.hpp>
#include <cellos/supervisor/select_backend.hpp>
#include <cellos/supervisor/supervisor.hpp>
