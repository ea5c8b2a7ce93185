#pragma once

#include <cstdio>
#include <cstdlib>
#include <source_location>
#include <string_view>

namespace cellos_fuzz {

/// Ends the program, which is how libFuzzer learns of a finding, unless `holds`.
inline void require(
    bool holds,
    std::string_view rule,
    const std::source_location& where = std::source_location::current()
) {
    if (holds) return;
    std::fprintf(
        stderr,
        "%s:%u: violated: %.*s\n",
        where.file_name(),
        where.line(),
        static_cast<int>(rule.size()),
        rule.data()
    );
    std::abort();
}

} // namespace cellos_fuzz
