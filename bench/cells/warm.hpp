#pragma once

#include "cell.hpp"
#include "contestant.hpp"

#include <cellos/host/gvisor.hpp>
#include <cellos/host/prewarmed.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace cellos_bench {

using Pool = cellos::Prewarmed<cellos::GVisorCellBackend>;

/// As many boots at once as sandboxes are to wait: bare runsc boots as many as there are callers,
/// too.
[[nodiscard]] inline std::shared_ptr<Pool> make_pool(
    cellos::GVisorConfig config, std::size_t size, std::vector<std::string> prepare = {}
) {
    cellos::PoolOptions options;
    options.size = size;
    options.max_boots = size;
    options.prepare = std::move(prepare);
    return std::make_shared<Pool>(cellos::GVisorCellBackend{std::move(config)}, std::move(options));
}

inline void wait_until_full(Pool& pool) {
    const auto deadline = Clock::now() + std::chrono::seconds{60};
    if (const auto ready = pool.wait_until_ready(std::stop_token{}, deadline); !ready)
        throw std::runtime_error{ready.error().what()};
}

[[nodiscard]] inline Contestant warm_cell(
    std::string name, std::string platform, std::shared_ptr<Pool> pool, const Workload& workload
) {
    auto contestant = cell_contestant(std::move(name), std::move(platform), pool, workload);
    contestant.settle = [pool] { wait_until_full(*pool); };
    return contestant;
}

} // namespace cellos_bench
