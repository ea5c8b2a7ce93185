#pragma once

#include "bare_bundle.hpp"

#include <cellos/cellos.hpp>

#include <utility>

namespace cellos_bench {

/// The least that a cell can run.
inline cellos::ExecutionCellDocument true_document() {
    return cellos::command_document("bench", {"/bin/true"});
}

struct TrueBundle : BareBundle {
    explicit TrueBundle(cellos::GVisorConfig config)
        : BareBundle{std::move(config), true_document()} {}
};

} // namespace cellos_bench
