// The operator's ceilings: what no document gets more of.
#include "support/catch.hpp"
#include "support/cold_or_warm.hpp"
#include "support/gvisor_fixture.hpp"

#include <cellos/host/gvisor.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/prewarmed.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace cellos;
using namespace cellos_tests;
using Kind = CellosError::Kind;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr std::int64_t mebibyte = std::int64_t{1} << 20;

const Ceilings ceilings{
    .memory_max_bytes = 64 * mebibyte,
    .max_processes = 8,
    .max_open_files = 32,
    .scratch_bytes = 4 * mebibyte,
    .max_output_bytes = 1000,
    .ttl_seconds = 60};

Limits as_limits(std::int64_t more) {
    Limits limits;
    limits.memory_max_bytes = *ceilings.memory_max_bytes + more;
    limits.max_processes = *ceilings.max_processes + more;
    limits.max_open_files = *ceilings.max_open_files + more;
    limits.scratch_bytes = *ceilings.scratch_bytes + more;
    limits.max_output_bytes = *ceilings.max_output_bytes + more;
    return limits;
}

ExecutionCellDocument document_with(std::optional<Limits> limits) {
    auto document = cell_document({"true"});
    document.spec.run->limits = limits;
    return document;
}

std::optional<std::uint64_t> soft_limit(const gvisor::CellPlan& plan, std::string_view type) {
    for (const auto& limit : plan.rlimits)
        if (limit.type == type) return limit.hard;
    return {};
}

} // namespace

TEST_CASE("A document that asks for more than the ceilings is refused, for each limit at once") {
    auto document = document_with(as_limits(1));
    document.spec.lifetime.ttl_seconds = 61;
    const auto plan = gvisor::plan_cell(document, {.ceilings = ceilings});
    REQUIRE_FALSE(plan);
    CHECK(plan.error().kind == Kind::Unsupported);
    CHECK(
        plan.error().message ==
        "spec.run.limits.memoryMaxBytes must be at most 67108864, the operator's ceiling\n"
        "spec.run.limits.maxProcesses must be at most 8, the operator's ceiling\n"
        "spec.run.limits.maxOpenFiles must be at most 32, the operator's ceiling\n"
        "spec.run.limits.scratchBytes must be at most 4194304, the operator's ceiling\n"
        "spec.run.limits.maxOutputBytes must be at most 1000, the operator's ceiling\n"
        "spec.lifetime.ttlSeconds must be at most 60, the operator's ceiling"
    );
    CHECK(gvisor::plan_cell(document, {}));
}

TEST_CASE("Where a document says nothing the ceilings are its limits, and else what it says") {
    const auto check = [](const gvisor::CellPlan& plan, std::int64_t less) {
        CHECK(plan.group.memory_max_bytes == *ceilings.memory_max_bytes - less);
        CHECK(plan.group.max_processes == *ceilings.max_processes - less);
        // The workload itself counts.
        CHECK(soft_limit(plan, "RLIMIT_NPROC") == *ceilings.max_processes - less - 1);
        CHECK(soft_limit(plan, "RLIMIT_NOFILE") == *ceilings.max_open_files - less);
        CHECK(plan.scratch_bytes == *ceilings.scratch_bytes - less);
        CHECK(plan.max_output_bytes == *ceilings.max_output_bytes - less);
    };
    const GVisorConfig config{.ceilings = ceilings};
    check(gvisor::plan_cell(document_with({}), config).value(), 0);
    check(gvisor::plan_cell(document_with(Limits{}), config).value(), 0);
    check(gvisor::plan_cell(document_with(as_limits(0)), config).value(), 0);
    check(gvisor::plan_cell(document_with(as_limits(-1)), config).value(), 1);
}

TEST_CASE("A ceiling raises nothing above what a cell has by default") {
    const auto plain = gvisor::plan_cell(document_with({}), {}).value();
    const auto high =
        gvisor::plan_cell(
            document_with({}),
            {.ceilings = {.max_processes = 1 << 20, .scratch_bytes = std::int64_t{1} << 40}}
        ).value();
    CHECK(high.scratch_bytes == plain.scratch_bytes);
    CHECK(soft_limit(high, "RLIMIT_NPROC") == soft_limit(plain, "RLIMIT_NPROC"));
    CHECK_FALSE(high.group.memory_max_bytes);
    CHECK_FALSE(high.max_output_bytes);
}

TEST_CASE("A ceiling that could be no limit lets no document pass") {
    const auto said = [](const Ceilings& bad) {
        const auto plan = gvisor::plan_cell(document_with({}), {.ceilings = bad});
        REQUIRE_FALSE(plan);
        return plan.error().message;
    };
    CHECK(said({.max_processes = 0}) == "the ceiling max_processes must be at least 1");
    CHECK(said({.max_open_files = -1}) == "the ceiling max_open_files must be at least 1");
    CHECK(said({.memory_max_bytes = 1}) == "the ceiling memory_max_bytes must be at least 4194304");
    CHECK(said({.ttl_seconds = 0}) == "the ceiling ttl_seconds must be at least 1");
    CHECK(said({.cells = 0}) == "the ceiling cells must be at least 1");
}

TEST_CASE("The ceilings hold a workload whose document says nothing, cold and warm") {
    const bool warm = GENERATE(false, true);
    CAPTURE(cold_or_warm(warm));
    ColdOrWarm run{warm, {}, ceilings};
    const auto python = [&](std::string program) {
        return run(cell_document({"python3", "-c", std::move(program)}));
    };

    const auto files = run(shell_document("ulimit -n; dd if=/dev/zero of=/tmp/x bs=1M count=8; "
                                          "wc -c < /tmp/x"));
    CHECK(files.stdout_text == "32\n4194304\n");

    const auto processes = python("import os, time\nn = 0\n"
                                  "try:\n"
                                  "  while True:\n"
                                  "    if os.fork() == 0: time.sleep(60)\n"
                                  "    n += 1\n"
                                  "except BlockingIOError: print(n)\n");
    CHECK(processes.stdout_text == "7\n");

    const auto output = run(cell_document({"yes"}));
    CHECK(output.exit == ExitStatus::forced(ExitStatus::Kind::OutputLimitExceeded));
    CHECK(output.stdout_text.size() == 1000);

    if (!has_controller("memory")) CELLOS_SKIP("needs a control group for memory");
    const auto memory = python("b = b'x' * (256 << 20)\nprint(len(b))\n");
    CHECK(memory.exit == ExitStatus::forced(ExitStatus::Kind::OutOfMemory));
    CHECK(memory.stdout_text.empty());
}

TEST_CASE("There are no more cells at once than the ceiling says, whoever makes them") {
    const StateDirectory state;
    auto config = state.config();
    config.ceilings.cells = 2;
    const auto document = cell_document({"true"});
    std::optional<GVisorCellBackend> first{config};
    GVisorCellBackend second{config};

    const auto one = first->create(document);
    const auto two = second.create(document);
    REQUIRE(one);
    REQUIRE(two);
    const auto refused = [&](GVisorCellBackend& backend) {
        const auto cell = backend.create(document);
        return !cell && cell.error().kind == Kind::TooManyCells;
    };
    CHECK(refused(*first));
    CHECK(refused(second));
    CHECK_THAT(second.create(document).error().what(), ContainsSubstring("there are 2 already"));

    SECTION("until one has been destroyed") {
        REQUIRE(second.destroy(*two));
        const auto three = first->create(document);
        REQUIRE(three);
        CHECK(refused(second));
        CHECK(first->destroy(*three));
        CHECK(first->destroy(*one));
    }
    SECTION("until those of a backend have gone with it") {
        first.reset();
        const auto three = second.create(document);
        REQUIRE(three);
        CHECK(refused(second));
        CHECK(second.destroy(*three));
        CHECK(second.destroy(*two));
    }
    SECTION("and what could not be created takes no place") {
        REQUIRE(second.destroy(*two));
        auto elsewhere = document;
        elsewhere.spec.run->working_directory = "/usr/no-such-directory";
        for (int i = 0; i < 3; ++i) CHECK_FALSE(second.create(elsewhere));
        const auto three = second.create(document);
        REQUIRE(three);
        CHECK(second.destroy(*three));
        CHECK(first->destroy(*one));
    }
}

TEST_CASE("A sandbox that waits takes no place of a cell, and the cell that it becomes does") {
    const StateDirectory state;
    auto config = state.config();
    config.ceilings.cells = 1;
    Prewarmed backend{GVisorCellBackend{config}, PoolOptions{.size = 2}};
    const auto ready = backend.wait_until_ready();
    INFO((ready ? "" : ready.error().what()));
    REQUIRE(ready);
    const auto document = cell_document({"true"});
    const auto cell = backend.create(document);
    REQUIRE(cell);
    const auto more = backend.create(document);
    REQUIRE_FALSE(more);
    CHECK(more.error().kind == Kind::TooManyCells);
    CHECK(backend.destroy(*cell));
    const auto next = backend.create(document);
    REQUIRE(next);
    CHECK(backend.destroy(*next));
}
