// For declarations at namespace scope: functions, types, static assertions.
#include <cellos/cellos.hpp>

using namespace cellos;

// <block>
