// The time of one life of a cell without a workload on the stub, by each way of leading it.
#include "pipeline.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>

namespace {

template <class Way, int ports>
void life(benchmark::State& state) {
    Way way;
    const auto document = pipeline::only_lifecycle_document();
    for ([[maybe_unused]] auto life : state) {
        auto report = way.template run<ports>(document);
        if (report->outcome != cellos::Outcome::Succeeded) std::abort();
        benchmark::DoNotOptimize(report);
    }
}

BENCHMARK(life<pipeline::ByHand, 0>);
BENCHMARK(life<pipeline::ByTemplate, 0>);
BENCHMARK(life<pipeline::ByVirtualDispatch, 0>);
BENCHMARK(life<pipeline::ByHand, 1>);
BENCHMARK(life<pipeline::ByTemplate, 1>);
BENCHMARK(life<pipeline::ByVirtualDispatch, 1>);
BENCHMARK(life<pipeline::ByHand, 3>);
BENCHMARK(life<pipeline::ByTemplate, 3>);
BENCHMARK(life<pipeline::ByVirtualDispatch, 3>);

} // namespace
