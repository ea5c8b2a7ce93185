#pragma once

#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>

#include <nlohmann/json.hpp>

#include <string>

namespace cellos_tests {

/// The `config.json` by which runsc runs the command of `plan` by itself: that of the cell, without
/// the agent.
inline std::string bare_config(const std::string& config, const cellos::gvisor::CellPlan& plan) {
    auto bare = nlohmann::json::parse(config);
    auto& mounts = bare.at("mounts");
    for (auto mount = mounts.begin(); mount != mounts.end();) {
        const bool of_agent = mount->at("destination") == cellos::gvisor::agent_place;
        mount = of_agent ? mounts.erase(mount) : mount + 1;
    }
    auto limits = nlohmann::json::array();
    for (const auto& limit : cellos::gvisor::process_limits(plan, true))
        limits.push_back({{"type", limit.type}, {"soft", limit.soft}, {"hard", limit.hard}});
    bare["process"] = {
        {"terminal", false},
        {"user", {{"uid", plan.user.uid}, {"gid", plan.user.gid}}},
        {"args", plan.argv},
        {"env", plan.environment},
        {"cwd", plan.working_directory.path},
        {"noNewPrivileges", true},
        {"rlimits", std::move(limits)}};
    return bare.dump();
}

} // namespace cellos_tests
