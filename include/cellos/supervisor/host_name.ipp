#pragma once

#include <cellos/supervisor/host_name.hpp>

#include <cstdlib>

#ifdef __unix__
#include <unistd.h>
#endif

namespace cellos::inline CELLOS_ABI::detail {

CELLOS_DECL std::string host_name() {
#ifdef __unix__
    char name[256] = {};
    if (::gethostname(name, sizeof name - 1) == 0 && name[0] != '\0') return name;
#else
    if (const char* name = std::getenv("COMPUTERNAME")) return name;
#endif
    return "localhost";
}

} // namespace cellos::inline CELLOS_ABI::detail
