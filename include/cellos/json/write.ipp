#pragma once

#include <cellos/json/write.hpp>

namespace cellos::inline CELLOS_ABI::json {

CELLOS_DECL std::string write(const Tree& tree, int indent) {
    return tree.dump(indent, ' ', false, Tree::error_handler_t::replace);
}

} // namespace cellos::inline CELLOS_ABI::json
