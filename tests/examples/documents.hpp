// Documents that the tests of cellos-run hand to it.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace cellos_test {

[[nodiscard]] inline nlohmann::json run_of(std::vector<std::string> argv) {
    return {
        {"apiVersion", "cellos.io/v1"},
        {"kind", "ExecutionCell"},
        {"spec",
         {{"id", "test"},
          {"run", {{"argv", std::move(argv)}}},
          {"authority", nlohmann::json::object()},
          {"lifetime", {{"ttlSeconds", 60}}}}}};
}

[[nodiscard]] inline nlohmann::json shell(std::string script) {
    return run_of({"/bin/sh", "-c", std::move(script)});
}

} // namespace cellos_test
