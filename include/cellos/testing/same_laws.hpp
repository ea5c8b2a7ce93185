#pragma once

#include <cellos/core/boot.hpp>
#include <cellos/core/captured_output.hpp>
#include <cellos/testing/random_runs.hpp>
#include <cellos/testing/runs.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

/// @file
/// The law that nobody can tell cells of two kinds apart, such as those that boot for their
/// workload and those whose sandbox has waited. Linux only.

namespace cellos::inline CELLOS_ABI::testing {

/// How much is compared, and on what.
struct SameOptions {
    std::size_t documents = 200;
    /// Of the random documents; empty: another one each time, which a failure names.
    std::optional<std::uint32_t> seed{};
    /// How many documents are run at once.
    std::size_t threads = 2;
    /// The working directories that documents may have: those for which a pool waits.
    std::vector<std::string> directories{"/"};
    std::chrono::milliseconds patience{60'000}; ///< for one run
};

/// All that a caller can learn of one run, but for what it took.
struct Observation {
    std::string refused{}; ///< of create
    std::string end{};
    CapturedOutput output{};
    std::string output_error{};
    std::string lost{}; ///< of destroy
    bool was_warm = false;
};

namespace laws {

[[nodiscard]] inline std::string error_text(const CellosError& error) {
    return std::string{identifier(error.kind)} + ": " + error.message;
}

[[nodiscard]] inline std::string end_text(const Result<ExitStatus>& end) {
    if (!end) return error_text(end.error());
    return std::string{to_string(end->kind)} + " code " + std::to_string(end->code.value_or(-1)) +
           " signal " + std::to_string(end->signal.value_or(-1));
}

template <class Backend>
[[nodiscard]] Observation observe(
    Backend& backend, const RandomRun& run, std::chrono::milliseconds patience
) {
    if constexpr (requires { backend.wait_until_ready(); })
        static_cast<void>(backend.wait_until_ready({}, std::chrono::steady_clock::now() + patience)
        );
    Observation seen;
    const auto cell = backend.create(run.document);
    if (!cell) {
        seen.refused = error_text(cell.error());
        return seen;
    }
    RunReport report;
    RunContext context = run_context(run.document, report, {.patience = patience});
    context.stdio = run.stdio;
    context.inputs = run.inputs;
    if (run.timeout) limit_time(context, *run.timeout);
    seen.end = end_text(backend.execute(*cell, context));
    seen.output = std::move(report.output);
    if (report.output_error) seen.output_error = error_text(*report.output_error);
    seen.was_warm = report.boot && report.boot->kind == Boot::Kind::Warm;
    if (auto gone = backend.destroy(*cell); !gone) seen.lost = error_text(gone.error());
    return seen;
}

// For a reader of a failure: what of the two is not the same; empty: nothing.
[[nodiscard]] inline std::string difference(const Observation& cold, const Observation& warm) {
    const auto shown = [](const std::string& text) {
        constexpr std::size_t enough = 300;
        return std::to_string(text.size()) + " bytes: " + text.substr(0, enough);
    };
    std::string text;
    const auto compare = [&](const char* what, const std::string& first, const std::string& second
                         ) {
        if (first != second)
            text.append(what) += ":\n  cold " + shown(first) + "\n  warm " + shown(second) + "\n";
    };
    compare("create", cold.refused, warm.refused);
    compare("end", cold.end, warm.end);
    compare("stdout", cold.output.stdout_text, warm.output.stdout_text);
    compare("stderr", cold.output.stderr_text, warm.output.stderr_text);
    compare("error of the output", cold.output_error, warm.output_error);
    compare("destroy", cold.lost, warm.lost);
    if (cold.output.truncated != warm.output.truncated) text += "one says truncated\n";
    return text;
}

[[nodiscard]] inline std::string description(const RandomRun& run) {
    const RunSpec& spec = *run.document.spec.run;
    std::string text = "in " + spec.working_directory.value_or("(none)") + ", argv:";
    for (const std::string& argument : spec.argv) text += "\n  " + argument;
    if (const auto* capture = std::get_if<Capture>(&run.stdio))
        text += "\nstdin of " + std::to_string(capture->stdin_text.size()) + ", limit " +
                std::to_string(capture->limit_bytes) + (capture->merge ? ", merged" : "");
    return text;
}

template <class MakeCold, class MakeWarm>
void ends_alike(MakeCold& make_cold, MakeWarm& make_warm, const SameOptions& options) {
    const std::uint32_t seed = options.seed ? *options.seed : std::random_device{}();
    INFO("seed " << seed);
    RandomRuns random{seed, options.directories};
    std::vector<RandomRun> runs;
    for (std::size_t i = 0; i < options.documents; ++i) runs.push_back(random.next());

    struct Both {
        Observation cold;
        Observation warm;
    };
    std::vector<Both> seen(runs.size());
    {
        // Made here, since a maker may assert. Each thread has its own, so that none takes the
        // sandbox that waits for another.
        struct Pair {
            backend_of<MakeCold> cold;
            backend_of<MakeWarm> warm;
        };
        std::vector<Pair> pairs;
        for (std::size_t i = 0; i < options.threads; ++i)
            pairs.push_back({make_cold(), make_warm()});
        std::vector<std::jthread> threads;
        for (std::size_t first = 0; first < pairs.size(); ++first) {
            threads.emplace_back([&, first] {
                for (std::size_t i = first; i < runs.size(); i += pairs.size()) {
                    seen[i].cold = observe(pairs[first].cold, runs[i], options.patience);
                    seen[i].warm = observe(pairs[first].warm, runs[i], options.patience);
                }
            });
        }
    }
    std::size_t executed = 0;
    std::size_t warm = 0;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        INFO("document " << i << ' ' << description(runs[i]));
        CHECK(difference(seen[i].cold, seen[i].warm) == "");
        executed += seen[i].warm.refused.empty() ? 1 : 0;
        warm += seen[i].warm.was_warm ? 1 : 0;
    }
    // Else it would be a law about nothing.
    if constexpr (BackendTraits<backend_of<MakeWarm>>::keeps_warm_sandboxes)
        CHECK(warm * 10 >= executed * 9);
    CHECK(executed > 0);
}

} // namespace laws

/// The law that random documents end alike in cells of two kinds: the same end and output, or the
/// same error in the same words. `make_cold()` and `make_warm()` return backends by value, one for
/// each thread; for one that keeps sandboxes waiting, it is waited each time until one does.
/// Whatever makes two runs of one document differ, such as its id, is the same for both.
template <class MakeCold, class MakeWarm>
void same_cold_and_warm_laws(
    MakeCold make_cold, MakeWarm make_warm, const SameOptions& options = {}
) {
    static_assert(
        InCellExecution<backend_of<MakeCold>> && InCellExecution<backend_of<MakeWarm>>,
        "make_cold() and make_warm() must return an InCellExecution"
    );
    SECTION("cold and warm cells end alike") {
        laws::ends_alike(make_cold, make_warm, options);
    }
}

} // namespace cellos::inline CELLOS_ABI::testing
