// What it costs to read a document, against nlohmann's bare parse of the same text, and to make a
// bundle of it; with documents from 1 KiB to 1 MiB, of each kind of list that can grow so long.
#include <cellos/core/command_document.hpp>
#include <cellos/core/validate.hpp>
#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/json/document.hpp>

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>

using namespace cellos;

namespace {

enum class Shape { Variables, EgressRules, SecretReferences };

std::string number(std::size_t n) {
    std::string digits = std::to_string(n);
    return std::string(6 - digits.size(), '0') + digits;
}

void grow(ExecutionCellSpec& spec, Shape shape, std::size_t n) {
    switch (shape) {
    case Shape::Variables:
        spec.environment->variables["VARIABLE_" + number(n)] =
            "a value with \"quotes\", " + number(n);
        return;
    case Shape::EgressRules:
        spec.authority.egress_rules.push_back({
            .host = "host-" + number(n) + ".example.org",
            .port = static_cast<std::int64_t>(1 + n % 65535),
            .protocol = EgressProtocol::Tcp,
        });
        return;
    case Shape::SecretReferences:
        spec.authority.secret_refs.push_back("SECRET_" + number(n));
        return;
    }
}

ExecutionCellDocument document_with(Shape shape, std::size_t entries) {
    ExecutionCellDocument document = command_document("bench", {"/usr/bin/env", "true"});
    document.spec.environment.emplace();
    document.spec.lifetime.ttl_seconds = 60;
    for (std::size_t n = 0; n < entries; ++n) grow(document.spec, shape, n);
    return document;
}

/// The largest that fits into `bytes` of JSON.
ExecutionCellDocument make_document(Shape shape, std::size_t bytes) {
    const auto size = [&](std::size_t entries) {
        return to_json(document_with(shape, entries)).size();
    };
    const std::size_t of_none = size(0);
    const std::size_t of_thousand = size(1000) - of_none;
    std::size_t entries = (bytes - of_none) * 1000 / of_thousand;
    while (size(entries) > bytes) --entries;
    return document_with(shape, entries);
}

/// Made once: the library calls a benchmark several times for each repetition.
const ExecutionCellDocument& document_of(Shape shape, std::size_t bytes) {
    static std::map<std::pair<Shape, std::size_t>, ExecutionCellDocument> made;
    const auto [place, is_new] = made.try_emplace({shape, bytes});
    if (is_new) place->second = make_document(shape, bytes);
    return place->second;
}

std::size_t bytes_of(const benchmark::State& state) {
    return static_cast<std::size_t>(state.range(0));
}

void bare_parse(benchmark::State& state, Shape shape) {
    const std::string text = to_json(document_of(shape, bytes_of(state)));
    for ([[maybe_unused]] auto time : state) benchmark::DoNotOptimize(nlohmann::json::parse(text));
}

void parse_and_validate(benchmark::State& state, Shape shape) {
    const std::string text = to_json(document_of(shape, bytes_of(state)));
    for ([[maybe_unused]] auto time : state) {
        auto document = parse_document(text);
        if (!document) std::abort();
        benchmark::DoNotOptimize(document);
    }
}

void validate_alone(benchmark::State& state, Shape shape) {
    const auto& document = document_of(shape, bytes_of(state));
    for ([[maybe_unused]] auto time : state) benchmark::DoNotOptimize(validate(document));
}

void generate_bundle(benchmark::State& state, Shape shape) {
    const auto& document = document_of(shape, bytes_of(state));
    const GVisorConfig config;
    for ([[maybe_unused]] auto time : state) {
        auto bundle = generate_bundle_config(document, config);
        if (!bundle) std::abort();
        benchmark::DoNotOptimize(bundle);
    }
}

void sizes(benchmark::internal::Benchmark* benchmark) {
    benchmark->RangeMultiplier(4)->Range(1 << 10, 1 << 20)->Unit(benchmark::kMicrosecond);
}

BENCHMARK_CAPTURE(bare_parse, variables, Shape::Variables)->Apply(sizes);
BENCHMARK_CAPTURE(parse_and_validate, variables, Shape::Variables)->Apply(sizes);
BENCHMARK_CAPTURE(validate_alone, variables, Shape::Variables)->Apply(sizes);
BENCHMARK_CAPTURE(generate_bundle, variables, Shape::Variables)->Apply(sizes);
BENCHMARK_CAPTURE(bare_parse, egress_rules, Shape::EgressRules)->Apply(sizes);
BENCHMARK_CAPTURE(parse_and_validate, egress_rules, Shape::EgressRules)->Apply(sizes);
BENCHMARK_CAPTURE(bare_parse, secret_references, Shape::SecretReferences)->Apply(sizes);
BENCHMARK_CAPTURE(parse_and_validate, secret_references, Shape::SecretReferences)->Apply(sizes);

} // namespace
