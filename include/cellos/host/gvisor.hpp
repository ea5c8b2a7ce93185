/// @file
/// The gVisor backend. The bundle generator is pure and available on every platform. The backend
/// itself needs Linux; elsewhere this header does not define it.
#pragma once

#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/host/gvisor/config.hpp>

#ifdef __linux__
#include <cellos/host/gvisor/backend.hpp>
#endif
