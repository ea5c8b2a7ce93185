#pragma once

#include <cellos/cellos.hpp>
#include <cellos/host/gvisor/cell_files.hpp>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cellos_bench {

/// The least that a cell can run.
inline cellos::ExecutionCellDocument true_document() {
    cellos::ExecutionCellDocument document;
    document.spec.id = "bench";
    document.spec.lifetime.ttl_seconds = 60;
    document.spec.run = cellos::RunSpec{.argv = {"/bin/true"}};
    return document;
}

/// The bundle that the backend would make of it, made once, and run by nothing but runsc.
class TrueBundle {
public:
    explicit TrueBundle(cellos::GVisorConfig config)
        : host_{std::move(config)},
          facts_{host_.facts().value()},
          cell_{cellos::gvisor::prepare_cell(true_document(), *facts_, host_.config()).value()} {
        cellos::RunContext context{.document = true_document()};
        context.environment = cell_environment(context.document.spec);
        if (!cellos::gvisor::write_bundle(*cell_, context, *facts_, host_.config())) std::abort();
    }

    /// A bare, attached `runsc run` of it, but for the id. `root` tells apart what runs at once.
    [[nodiscard]] std::vector<std::string> command(const std::string& root) const {
        return {
            facts_->runsc.path,
            "--root=" + (cell_->path() / "runsc" / root).native(),
            "--platform=" + facts_->runsc.platform,
            "--network=none",
            "--ignore-cgroups",
            "run",
            "--bundle=" + (cell_->path() / "bundle").native()};
    }

private:
    cellos::gvisor::Host host_;
    const cellos::gvisor::HostFacts* facts_;
    std::unique_ptr<cellos::gvisor::Cell> cell_;
};

} // namespace cellos_bench
