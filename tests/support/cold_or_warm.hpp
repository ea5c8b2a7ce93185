#pragma once

#include "support/catch.hpp"
#include "support/gvisor_fixture.hpp"

#include <cellos/host/prewarmed.hpp>
#include <cellos/os/cgroup_hierarchy.hpp>
#include <cellos/supervisor.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace cellos_tests {

inline bool has_controller(std::string_view name) {
    const auto hierarchies = cellos::os::find_cgroup_hierarchies();
    return std::ranges::any_of(hierarchies, [&](const auto& each) { return each.has(name); });
}

/// Runs documents in cells that boot for them, or in a sandbox that has waited for each.
class ColdOrWarm {
public:
    using Pool = cellos::Prewarmed<cellos::GVisorCellBackend>;

    /// `like`: of the documents to come, as in PoolOptions.
    explicit ColdOrWarm(
        bool warm,
        std::vector<cellos::ExecutionCellDocument> like = {},
        const cellos::Ceilings& ceilings = {}
    )
        : ceilings_{ceilings} {
        if (warm) {
            pool_.emplace(
                cellos::GVisorCellBackend{config()},
                cellos::PoolOptions{.size = 1, .like = std::move(like)}
            );
        }
    }

    /// Fails the test if the run does, if it was cold and should not be, or if the cell isn't gone.
    cellos::CellReport operator()(
        const cellos::ExecutionCellDocument& document, cellos::RunOptions options = {}
    ) {
        auto report = pool_ ? run_warm(document, std::move(options))
                            : cellos::Supervisor{cellos::GVisorCellBackend{config()}}.run(
                                  document, std::move(options)
                              );
        INFO((report ? "" : report.error().what()));
        REQUIRE(report.has_value());
        REQUIRE(report->boot.has_value());
        INFO(report->boot->reason.value_or(""));
        CHECK(report->boot->kind == (pool_ ? cellos::Boot::Kind::Warm : cellos::Boot::Kind::Cold));
        CHECK(report->teardown.destroyed);
        return *std::move(report);
    }

    /// Until a sandbox waits, if one should.
    void make_ready() {
        if (!pool_) return;
        const auto ready =
            pool_->wait_until_ready({}, std::chrono::steady_clock::now() + std::chrono::minutes{1});
        INFO((ready ? "" : ready.error().what()));
        REQUIRE(ready.has_value());
    }

private:
    [[nodiscard]] cellos::GVisorConfig config() const {
        auto config = state_.config();
        config.ceilings = ceilings_;
        return config;
    }

    cellos::Result<cellos::CellReport> run_warm(
        const cellos::ExecutionCellDocument& document, cellos::RunOptions options
    ) {
        make_ready();
        return cellos::Supervisor{std::ref(*pool_)}.run(document, std::move(options));
    }

    cellos::Ceilings ceilings_;
    StateDirectory state_{};
    std::optional<Pool> pool_{};
};

inline constexpr std::string_view cold_or_warm(bool warm) {
    return warm ? "warm" : "cold";
}

/// A document that runs what tests/workload/workload.cpp can do, and what it needs for that.
inline cellos::ExecutionCellDocument workload_document(
    std::string what, std::int64_t amount, cellos::Limits limits = {}
) {
    auto document = cell_document({"/inputs/workload", std::move(what), std::to_string(amount)});
    document.spec.run->limits = std::move(limits);
    return document;
}

inline cellos::RunOptions with_workload(cellos::RunOptions options = {}) {
    options.inputs.push_back({"workload", std::filesystem::path{CELLOS_TEST_WORKLOAD}, 0555});
    return options;
}

} // namespace cellos_tests
