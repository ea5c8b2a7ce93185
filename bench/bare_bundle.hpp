#pragma once

#include "support/bare_config.hpp"

#include <cellos/cellos.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/cell/files.hpp>
#include <cellos/host/gvisor/cell/host.hpp>
#include <cellos/host/gvisor/cell/placement.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>

namespace cellos_bench {

/// The bundle of a cell of a document, made once, without the agent, for other programs than cellos
/// to run.
class BareBundle {
public:
    BareBundle(cellos::GVisorConfig config, const cellos::ExecutionCellDocument& document)
        : host_{std::move(config)}, facts_{host_.facts().value()}, cell_{make_cell(document)} {
        if (!cellos::gvisor::write_bundle(*cell_, *facts_, host_.config(), {}, false)) std::abort();
        const auto file = bundle() / "config.json";
        const auto text = cellos::os::read_file(AT_FDCWD, file.c_str()).value();
        std::ofstream{file} << cellos_tests::bare_config(text, cell_->plan());
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
