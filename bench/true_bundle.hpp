#pragma once

#include "bare_bundle.hpp"

#include <cellos/cellos.hpp>

#include <utility>

namespace cellos_bench {

/// The least that a cell can run.
inline cellos::ExecutionCellDocument true_document() {
    cellos::ExecutionCellDocument document;
    document.spec.id = "bench";
    document.spec.lifetime.ttl_seconds = 60;
    document.spec.run = cellos::RunSpec{.argv = {"/bin/true"}};
    return document;
}

struct TrueBundle : BareBundle {
    explicit TrueBundle(cellos::GVisorConfig config)
        : BareBundle{std::move(config), true_document()} {}
};

} // namespace cellos_bench
