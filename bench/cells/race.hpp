#pragma once

#include "contestant.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <exception>
#include <functional>
#include <iostream>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cellos_bench {

using Json = nlohmann::ordered_json;

/// Contestants that can run, and rows for those that cannot.
class Field {
public:
    /// Makes one and runs it once; what is thrown then is why it is missing.
    template <class Make>
    void add(std::string name, std::string platform, const Make& make) {
        try {
            Contestant contestant = make();
            contestant.settle();
            contestant.run();
            contestant.settle();
            contestants_.push_back(std::move(contestant));
        } catch (const std::exception& error) {
            std::cerr << name << " takes no part: " << error.what() << '\n';
            missing_.push_back({std::move(name), std::move(platform), error.what()});
        }
    }

    [[nodiscard]] const std::vector<Contestant>& contestants() const { return contestants_; }

    [[nodiscard]] Json missing() const {
        Json rows = Json::array();
        for (const Missing& row : missing_)
            rows.push_back({{"name", row.name}, {"platform", row.platform}, {"why", row.why}});
        return rows;
    }

private:
    std::vector<Contestant> contestants_{};
    std::vector<Missing> missing_{};
};

/// All in turn, in another order in each round, so that a drift of the machine hits them alike.
template <class Turn>
void in_turn(std::size_t contestants, int rounds, const Turn& turn) {
    std::mt19937 random{1};
    std::vector<std::size_t> order(contestants);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (int round = 0; round < rounds; ++round) {
        std::ranges::shuffle(order, random);
        for (const std::size_t contestant : order) turn(contestant, round);
    }
}

[[nodiscard]] inline double rounded(double value) {
    return std::round(value * 1000) / 1000;
}

/// What was timed of each contestant, run by run; null where it took no part in a round. What no
/// run of a contestant tells has no column.
[[nodiscard]] inline Json race(const std::string& workload, const Field& field, int rounds) {
    const auto& contestants = field.contestants();
    Json series = Json::array();
    for (const Contestant& contestant : contestants) {
        series.push_back(
            {{"name", contestant.name},
             {"platform", contestant.platform},
             {"exit_ms", Json::array()},
             {"first_byte_ms", Json::array()},
             {"mib_per_s", Json::array()},
             {"warm", 0}}
        );
    }
    in_turn(contestants.size(), rounds, [&](std::size_t number, int round) {
        const Contestant& contestant = contestants[number];
        Json& row = series[number];
        Json exit;
        Json first_byte;
        Json flow;
        if (round % contestant.every == 0) {
            const Sample sample = contestant.run();
            contestant.settle();
            exit = rounded(sample.to_exit.count());
            if (sample.to_first_byte) first_byte = rounded(sample.to_first_byte->count());
            if (sample.flow) flow = rounded(sample.flow->mebibytes_per_second());
            if (sample.warm) row["warm"] = row["warm"].get<int>() + 1;
        }
        row["exit_ms"].push_back(std::move(exit));
        row["first_byte_ms"].push_back(std::move(first_byte));
        row["mib_per_s"].push_back(std::move(flow));
    });
    for (Json& row : series) {
        for (const char* column : {"first_byte_ms", "mib_per_s"}) {
            if (std::ranges::all_of(row[column], [](const Json& value) { return value.is_null(); }))
                row.erase(column);
        }
    }
    return {
        {"workload", workload},
        {"rounds", rounds},
        {"series", std::move(series)},
        {"missing", field.missing()}};
}

} // namespace cellos_bench
