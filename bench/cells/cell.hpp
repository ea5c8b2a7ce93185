#pragma once

#include "contestant.hpp"
#include "outlet.hpp"

#include <cellos/core/report.hpp>
#include <cellos/supervisor.hpp>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace cellos_bench {

/// Runs the workload as a cell of a backend that it shares, from the document to the report.
template <class Backend>
[[nodiscard]] Contestant cell_contestant(
    std::string name,
    std::string platform,
    std::shared_ptr<Backend> backend,
    const Workload& workload
) {
    auto run = [backend, document = document_of(workload), workload] {
        cellos::Supervisor supervisor{std::ref(*backend)};
        const auto outlet = make_outlet(workload);
        cellos::RunOptions options;
        if (outlet) options.stdio = cellos::Descriptors{.stdout_fd = outlet->write_end()};
        if (workload.output == Output::Captured) options.stdio = cellos::Capture{.merge = true};

        const auto start = Clock::now();
        const auto report = supervisor.run(document, std::move(options));
        Sample sample{.to_exit = Clock::now() - start};
        if (!report) throw std::runtime_error{report.error().what()};
        if (report->outcome != cellos::Outcome::Succeeded)
            throw std::runtime_error{"the cell failed"};
        if (outlet) outlet->finish(start, sample);
        // Nobody but the supervisor sees the first byte of what it captures.
        if (workload.output == Output::Captured)
            sample.flow = {.bytes = workload.bytes, .time = report->usage.value().wall};
        if constexpr (requires { report->boot->kind; })
            sample.warm = report->boot && report->boot->kind == decltype(report->boot->kind)::Warm;
        return sample;
    };
    return {.name = std::move(name), .platform = std::move(platform), .run = std::move(run)};
}

} // namespace cellos_bench
