#pragma once

#include <cellos/cellos.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/cell/files.hpp>
#include <cellos/host/gvisor/cell/host.hpp>
#include <cellos/host/gvisor/cell/placement.hpp>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cellos_bench {

/// The bundle that the backend would make of a document, made once, and run by other programs than
/// cellos.
class BareBundle {
public:
    BareBundle(cellos::GVisorConfig config, const cellos::ExecutionCellDocument& document)
        : host_{std::move(config)}, facts_{host_.facts().value()}, cell_{make_cell(document)} {
        cellos::RunReport report;
        const cellos::RunContext context{.document = document, .report = report};
        if (!cellos::gvisor::write_bundle(*cell_, context, host_.config())) std::abort();
    }

    [[nodiscard]] std::filesystem::path bundle() const { return cell_->path() / "bundle"; }
    [[nodiscard]] std::filesystem::path rootfs() const { return cell_->path() / "root"; }
    /// For what a runtime keeps; goes with this object.
    [[nodiscard]] std::filesystem::path scratch(const std::string& name) const {
        return cell_->path() / "runsc" / name;
    }

    /// A bare, attached `runsc run` of it, but for the id. `root` tells apart what runs at once.
    [[nodiscard]] std::vector<std::string> command(const std::string& root) const {
        return {
            facts_->runsc.path,
            "--root=" + scratch(root).native(),
            "--platform=" + facts_->runsc.platform,
            "--network=none",
            "--ignore-cgroups",
            "run",
            "--bundle=" + bundle().native()};
    }

private:
    [[nodiscard]] std::unique_ptr<cellos::gvisor::Cell> make_cell(
        const cellos::ExecutionCellDocument& document
    ) {
        auto planned = cellos::gvisor::plan_on(host_, document).value();
        return cellos::gvisor::prepare_cell(std::move(planned.plan), *facts_, host_.config())
            .value();
    }

    cellos::gvisor::Host host_;
    const cellos::gvisor::HostFacts* facts_;
    std::unique_ptr<cellos::gvisor::Cell> cell_;
};

} // namespace cellos_bench
