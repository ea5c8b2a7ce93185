/// @file
/// The gVisor backend. The bundle generator is pure and there on every platform; the backend itself
/// is Linux's, and elsewhere this header offers none rather than one that would lie.
#pragma once

#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/host/gvisor/config.hpp>

#ifdef __linux__
#include <cellos/host/gvisor/backend.hpp>
#endif
