// For use of the example of a backend of one's own, and of the laws.
#include "bubblewrap_backend.hpp"

#include <cellos/cellos.hpp>
#include <cellos/testing.hpp>

using example::BubblewrapCellBackend;

// <block>
