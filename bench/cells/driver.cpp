// Measures whole processes: cells of each kind, bare runsc, and what else runs a command on this
// host. Writes what it measured, run by run, as JSON to stdout; bench/report.py makes tables of it.
#include "at_once.hpp"
#include "cell.hpp"
#include "memory.hpp"
#include "peers.hpp"
#include "race.hpp"
#include "usage.hpp"
#include "warm.hpp"

#include <cellos/cellos.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace cellos_bench;

/// A runsc and a platform that it knows.
struct Runtime {
    std::string platform;
    std::string runsc;
};

struct Options {
    std::vector<Runtime> runtimes{};
    bool quick = false;
    int most_rounds = std::numeric_limits<int>::max();

    [[nodiscard]] int rounds(int full) const { return std::min(full, quick ? 3 : most_rounds); }
};

const Workload true_workload{.name = "true", .argv = {"/bin/true"}};
const Workload echo_workload{
    .name = "echo", .argv = {"/bin/echo", "first"}, .output = Output::FirstByte};
const Workload python_workload{.name = "python", .argv = {"python3", "-c", "pass"}};
const Workload imports_workload{
    .name = "python imports", .argv = {"python3", "-c", "import ssl, json"}};

std::filesystem::path state_directory() {
    return cellos::os::default_state_directory().parent_path() / "cellos-bench";
}

cellos::GVisorConfig config_of(const Runtime& runtime) {
    return {
        .runsc = runtime.runsc, .platform = runtime.platform, .state_directory = state_directory()};
}

void add_bare_runsc(Field& field, const Runtime& runtime, const Workload& workload) {
    field.add("runsc run", runtime.platform, [&] {
        return Peers{config_of(runtime), workload}.bare_runsc();
    });
}

void add_cold_cell(Field& field, const Runtime& runtime, const Workload& workload) {
    field.add("cell, cold", runtime.platform, [&] {
        auto backend = std::make_shared<cellos::GVisorCellBackend>(config_of(runtime));
        return cell_contestant("cell, cold", runtime.platform, std::move(backend), workload);
    });
}

struct PoolShape {
    std::string name = "cell, warm";
    std::size_t size = 1;
    std::vector<std::string> prepare{};
};

void add_warm_cell(
    Field& field, const Runtime& runtime, const Workload& workload, const PoolShape& shape = {}
) {
    field.add(shape.name, runtime.platform, [&] {
        auto pool = make_pool(config_of(runtime), shape.size, shape.prepare);
        return warm_cell(shape.name, runtime.platform, std::move(pool), workload);
    });
}

void add_peers(Field& field, const Runtime& runtime, const Workload& workload) {
    const Peers peers{config_of(runtime), workload};
    field.add("no sandbox", "", [&] { return peers.no_sandbox(); });
    field.add("bwrap", "", [&] { return peers.bwrap(); });
    field.add("crun", "", [&] { return peers.crun(); });
    field.add("runc", "", [&] { return peers.runc(); });
    field.add("podman, runsc", runtime.platform, [&] { return peers.podman(); });
}

/// Nothing but a cold cell and bare runsc, many times: the interval of the ratio is what matters.
Json cold(const Options& options) {
    Json results = Json::array();
    for (const Runtime& runtime : options.runtimes) {
        Field field;
        add_bare_runsc(field, runtime, true_workload);
        add_cold_cell(field, runtime, true_workload);
        results.push_back(race(true_workload.name, field, options.rounds(120)));
    }
    return results;
}

Json latency(const Options& options) {
    Json results = Json::array();
    for (const Workload& workload : {true_workload, echo_workload}) {
        Field field;
        add_peers(field, options.runtimes.front(), workload);
        for (const Runtime& runtime : options.runtimes) {
            add_bare_runsc(field, runtime, workload);
            add_cold_cell(field, runtime, workload);
            add_warm_cell(field, runtime, workload);
        }
        results.push_back(race(
            workload.name, field, options.rounds(workload.output == Output::FirstByte ? 30 : 60)
        ));
    }
    return results;
}

Json python(const Options& options) {
    Json results = Json::array();
    for (const Workload& workload : {python_workload, imports_workload}) {
        Field field;
        field.add("no sandbox", "", [&] {
            return Peers{config_of(options.runtimes.front()), workload}.no_sandbox();
        });
        for (const Runtime& runtime : options.runtimes) {
            add_bare_runsc(field, runtime, workload);
            add_cold_cell(field, runtime, workload);
            add_warm_cell(field, runtime, workload);
            add_warm_cell(
                field,
                runtime,
                workload,
                {.name = "cell, warm, prepared", .prepare = {"python3", "-c", "pass"}}
            );
        }
        results.push_back(race(workload.name, field, options.rounds(40)));
    }
    return results;
}

Json growth(const Options& options) {
    Json results = Json::array();
    const Runtime& runtime = options.runtimes.front();
    for (const int threads : {1, 2, 8, 32}) {
        Field field;
        add_bare_runsc(field, runtime, true_workload);
        add_cold_cell(field, runtime, true_workload);
        add_warm_cell(field, runtime, true_workload, {.size = static_cast<std::size_t>(threads)});
        const int runs = options.quick ? threads : std::max(24, 2 * threads);
        for (Json& row : throughput(field, threads, runs, options.rounds(5)))
            results.push_back(std::move(row));
    }
    return results;
}

/// With a bare run after each, which tells what a millisecond is worth on this machine.
Json bursts(const Options& options) {
    constexpr std::size_t pool_size = 8;
    Json results = Json::array();
    for (const Runtime& runtime : options.runtimes) {
        Field field;
        add_warm_cell(field, runtime, true_workload, {.size = pool_size});
        add_bare_runsc(field, runtime, true_workload);
        if (field.contestants().size() < 2) continue;
        for (const int threads : {1, 2, 4, 8}) {
            results.push_back(burst(
                field.contestants().front(), field.contestants().back(), threads, options.rounds(20)
            ));
        }
    }
    return results;
}

Json memory(const Options& options) {
    const Runtime& runtime = options.runtimes.front();
    Json results{{"before_kib", own_resident_kib()}};
    {
        Field field;
        add_cold_cell(field, runtime, true_workload);
        results["after_first_cell_kib"] = own_resident_kib();
        const int runs = options.quick ? 8 : 200;
        static_cast<void>(run_at_once(field.contestants().at(0), 8, runs));
        results["cells"] = runs + 1;
        results["after_cells_kib"] = own_resident_kib();
    }
    Json sandboxes = Json::array();
    for (const Runtime& each : options.runtimes) {
        constexpr std::size_t size = 8;
        const auto pool = make_pool(config_of(each), size);
        wait_until_full(*pool);
        sandboxes.push_back(
            {{"platform", each.platform},
             {"sandboxes", size},
             {"kib_each", descendants_kib() / static_cast<long>(size)},
             {"supervising_kib", own_resident_kib()}}
        );
    }
    results["pools"] = std::move(sandboxes);
    return results;
}

/// A cold cell with and without what spares it the kernel's waits, and bare runsc, which has none
/// of it.
Json filter(const Options& options) {
    Json results = Json::array();
    for (const Runtime& runtime : options.runtimes) {
        Field field;
        add_bare_runsc(field, runtime, true_workload);
        add_cold_cell(field, runtime, true_workload);
        field.add("cell, cold, without the filter", runtime.platform, [&] {
            auto config = config_of(runtime);
            config.skip_membarrier_wait = false;
            auto backend = std::make_shared<cellos::GVisorCellBackend>(std::move(config));
            return cell_contestant(
                "cell, cold, without the filter",
                runtime.platform,
                std::move(backend),
                true_workload
            );
        });
        results.push_back(race(true_workload.name, field, options.rounds(60)));
    }
    return results;
}

Workload output_workload(Output output, std::size_t mebibytes) {
    const auto blocks = std::to_string(mebibytes * 16);
    return {
        .name = "output",
        .argv = {"dd", "if=/dev/zero", "bs=64k", "count=" + blocks, "status=none"},
        .output = output,
        .bytes = mebibytes << 20};
}

/// Bare runsc and cells that write much, and beside them, in the same rounds, what ends at once.
Json output(const Options& options) {
    const std::size_t mebibytes = options.quick ? 64 : 1024;
    Json results = Json::array();
    for (const Runtime& runtime : options.runtimes) {
        Field field;
        const auto add = [&](std::string name, const auto& make) {
            field.add(name, runtime.platform, [&] {
                Contestant contestant = make();
                contestant.name = std::move(name);
                return contestant;
            });
        };
        const auto bare = [&](const Workload& workload) {
            return [&] { return Peers{config_of(runtime), workload}.bare_runsc(); };
        };
        const Workload piped = output_workload(Output::Pipe, mebibytes);
        const Workload filed = output_workload(Output::File, mebibytes);
        const Workload captured = output_workload(Output::Captured, mebibytes);
        const auto backend = std::make_shared<cellos::GVisorCellBackend>(config_of(runtime));
        const auto pool = make_pool(config_of(runtime), 1);
        const auto cold = [&](const Workload& workload) {
            return [&] { return cell_contestant("", runtime.platform, backend, workload); };
        };
        const auto warm = [&](const Workload& workload) {
            return [&] { return warm_cell("", runtime.platform, pool, workload); };
        };
        add("runsc run", bare(piped));
        add("runsc run, to a file", bare(filed));
        add("cell, cold, to a pipe", cold(piped));
        add("cell, cold, to a file", cold(filed));
        add("cell, cold, captured", cold(captured));
        add("cell, warm, to a pipe", warm(piped));
        add("cell, warm, to a file", warm(filed));
        add("cell, warm, captured", warm(captured));
        add("runsc run, true", bare(true_workload));
        add("cell, warm, true", warm(true_workload));
        Json result = race(piped.name, field, options.rounds(10));
        result["mib"] = mebibytes;
        result["file_directory"] = file_directory;
        results.push_back(std::move(result));
    }
    return results;
}

Json resource_usage(const Options& options) {
    const auto loops = options.quick ? std::vector{0, 200} : std::vector{0, 200, 1000, 3000};
    const auto sizes = options.quick ? std::vector{8} : std::vector{8, 64, 512};
    const double pace = pace_of_host();
    Json results = Json::array();
    for (const Runtime& runtime : options.runtimes) {
        UsageRace race{config_of(runtime)};
        Json row{
            {"platform", runtime.platform}, {"loops", Json::array()}, {"memory", Json::array()}};
        for (const int milliseconds : loops) {
            const auto thousands = static_cast<std::int64_t>(milliseconds * pace);
            row["loops"].push_back(
                {{"goal_ms", milliseconds},
                 {"series", race({.what = "work", .amount = thousands}, options.rounds(7))}}
            );
        }
        for (const int mebibytes : sizes) {
            row["memory"].push_back(
                {{"touched_mib", mebibytes},
                 {"series", race({.what = "touch", .amount = mebibytes}, options.rounds(7))}}
            );
        }
        results.push_back(std::move(row));
    }
    return results;
}

const std::map<std::string_view, Json (*)(const Options&)> experiments{
    {"cold", &cold},
    {"latency", &latency},
    {"python", &python},
    {"throughput", &growth},
    {"burst", &bursts},
    {"memory", &memory},
    {"filter", &filter},
    {"output", &output},
    {"usage", &resource_usage},
};

int usage() {
    std::cerr << "usage: cells_driver [--quick] EXPERIMENT PLATFORM=RUNSC... [rounds=MOST]"
                 "\nexperiments:";
    for (const auto& [name, run] : experiments) std::cerr << ' ' << name;
    std::cerr << '\n';
    return 2;
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    std::vector<std::string_view> words{argv + 1, argv + argc};
    if (std::erase(words, "--quick") > 0) options.quick = true;
    if (words.size() < 2 || !experiments.contains(words.front())) return usage();
    for (std::size_t i = 1; i < words.size(); ++i) {
        const auto equals = words[i].find('=');
        if (equals == std::string_view::npos) return usage();
        std::string name{words[i].substr(0, equals)};
        std::string file{words[i].substr(equals + 1)};
        if (name == "rounds") {
            options.most_rounds = std::stoi(file);
        } else {
            options.runtimes.push_back({std::move(name), std::move(file)});
        }
    }
    // Of a run that was interrupted.
    static_cast<void>(cellos::GVisorCellBackend{config_of(options.runtimes.front())}.recover());
    try {
        std::cout << experiments.at(words.front())(options).dump(1) << '\n';
    } catch (const std::exception& error) {
        std::cerr << "cells_driver: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
    std::error_code not_empty;
    std::filesystem::remove(state_directory(), not_empty);
    return EXIT_SUCCESS;
}
