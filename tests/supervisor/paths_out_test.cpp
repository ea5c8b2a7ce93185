// However a life goes: what was created is destroyed, and what was handed out is taken back.

#include "supervisor/pipeline.hpp"
#include "support/catch.hpp"

#include <cellos/host/stub.hpp>
#include <cellos/supervisor.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

using namespace cellos;
using namespace cellos_test;
using Kind = CellosError::Kind;
using Catch::Matchers::ContainsSubstring;
using Calls = std::vector<std::string>;

TEST_CASE("A life without a workload is create and destroy") {
    CallLog log;
    Supervisor supervisor{LifecycleBackend{log}};
    const auto report = supervisor.run(lifecycle_document("only-lifecycle"));
    REQUIRE(report);
    CHECK(log.calls() == Calls{"create", "destroy"});
    CHECK(report->cell_id == "only-lifecycle");
    CHECK(report->outcome == Outcome::Succeeded);
    CHECK(report->exit == std::nullopt);
    CHECK(report->executed_on == ExecutedOn::Nowhere);
    CHECK(report->teardown == TeardownReport{"only-lifecycle", true, 0});
    CHECK(report->port_errors.empty());
}

TEST_CASE("A whole life takes its steps in order") {
    Pipeline p;
    auto document = secret_document();
    document.spec.export_ = exporting_document().spec.export_;
    const auto begin = std::chrono::steady_clock::now();
    const auto report = p.run(document);
    const auto elapsed = std::chrono::steady_clock::now() - begin;
    REQUIRE(report);
    CHECK(
        p.log.calls() ==
        Calls{
            "create",
            "resolve USER_KEY",
            "resolve API_KEY",
            "execute",
            "open log",
            "export log=/var/log",
            "open core",
            "export core=/tmp/core",
            "destroy",
            "revoke cell-1"}
    );
    CHECK(report->outcome == Outcome::Succeeded);
    CHECK(report->exit == ExitStatus::exited(0));
    CHECK(report->executed_on == ExecutedOn::Cell);

    std::chrono::nanoseconds timed{};
    std::vector<Phase> phases;
    for (const PhaseTiming& timing : report->phases) {
        CHECK(timing.duration.count() >= 0);
        timed += timing.duration;
        phases.push_back(timing.phase);
    }
    CHECK(timed <= elapsed);
    CHECK(
        phases ==
        std::vector{
            Phase::Admit,
            Phase::Create,
            Phase::Secrets,
            Phase::Run,
            Phase::Export,
            Phase::Destroy,
            Phase::Revoke}
    );
}

TEST_CASE("The workload gets its secrets, its environment and what the caller gave") {
    Pipeline p;
    p.backend.on_execute = [](const CellHandle& cell, const RunContext& context) {
        CHECK(cell.cell_id == "cell-1");
        CHECK(context.document.spec.run->argv == Calls{"true"});
        REQUIRE(context.secrets.size() == 2);
        CHECK(context.secrets[0].name == "USER_KEY");
        CHECK(context.secrets[0].value.reveal() == "YEK_RESU");
        CHECK(context.secrets[1].name == "API_KEY");
        CHECK(context.environment.at("LANG") == "C");
        CHECK(context.environment.contains("PATH"));
        CHECK(context.environment.at("HOME") == "/");
        CHECK_FALSE(context.environment.contains("API_KEY"));
        CHECK(std::get<Capture>(context.stdio).stdin_text == "hello");
        CHECK(context.inputs.at(0).name == "data");
        context.report.output = {.stdout_text = "out", .stderr_text = "err", .truncated = true};
        return Result<ExitStatus>{ExitStatus::exited(7)};
    };
    auto document = secret_document();
    document.spec.environment.emplace().variables = {{"LANG", "C"}};
    const auto report = p.run(
        document,
        RunOptions{.stdio = Capture{.stdin_text = "hello"}, .inputs = {{"data", std::string{"x"}}}}
    );
    REQUIRE(report);
    CHECK(report->outcome == Outcome::Failed);
    CHECK(report->exit == ExitStatus::exited(7));
    CHECK(report->stdout_text == "out");
    CHECK(report->stderr_text == "err");
    CHECK(report->output_truncated);
}

TEST_CASE("What a backend tells of the workload's usage and of the run's phases is in the report") {
    using namespace std::chrono_literals;
    const ResourceUsage usage{.wall = 3s, .user_time = 2s, .peak_memory_bytes = 1 << 20};
    Pipeline p;
    p.backend.on_execute = [&](const CellHandle&, const RunContext& context) {
        context.report.usage = usage;
        context.report.phases = RunPhases{.boot = 80ms, .hand_over = 2ms, .run = 3s};
        return Result<ExitStatus>{ExitStatus::exited(0)};
    };
    const auto report = p.run(run_document());
    REQUIRE(report);
    CHECK(report->usage == usage);
    const auto duration_of = [&](Phase phase) {
        const auto found = std::ranges::find(report->phases, phase, &PhaseTiming::phase);
        return found == report->phases.end() ? -1ns : found->duration;
    };
    CHECK(duration_of(Phase::Boot) == 80ms);
    CHECK(duration_of(Phase::HandOver) == 2ms);
    CHECK(duration_of(Phase::Run) == 3s);
    CHECK(std::ranges::is_sorted(report->phases, {}, &PhaseTiming::phase));
    CHECK(duration_of(Phase::Destroy) < 3s);

    p.backend.on_execute = nullptr;
    const auto silent = p.run(run_document());
    REQUIRE(silent);
    CHECK_FALSE(silent->usage);
}

TEST_CASE("A workload's time-out is handed over apart from the end of its cell") {
    using namespace std::chrono_literals;
    Pipeline p;
    std::optional<std::chrono::milliseconds> timeout;
    std::chrono::steady_clock::duration left{};
    p.backend.on_execute = [&](const CellHandle&, const RunContext& context) {
        timeout = context.timeout;
        left = context.cell_deadline - std::chrono::steady_clock::now();
        return Result<ExitStatus>{ExitStatus::exited(0)};
    };
    auto document = run_document();
    document.spec.lifetime.ttl_seconds = 100;
    CHECK(p.run(document));
    CHECK_FALSE(timeout);
    document.spec.run->timeout_ms = 30'000;
    CHECK(p.run(document));
    CHECK(timeout == 30s);
    CHECK((left > 50s && left <= 100s));
}

TEST_CASE("The deadline is the earlier of the time-out and the TTL") {
    using namespace std::chrono_literals;
    Pipeline p;
    std::chrono::steady_clock::duration left{};
    p.backend.on_execute = [&](const CellHandle&, const RunContext& context) {
        left = context.deadline - std::chrono::steady_clock::now();
        return Result<ExitStatus>{ExitStatus::exited(0)};
    };
    auto document = run_document();
    document.spec.lifetime.ttl_seconds = 100;

    CHECK(p.run(document));
    CHECK((left > 50s && left <= 100s));
    document.spec.run->timeout_ms = 30'000;
    CHECK(p.run(document));
    CHECK((left > 15s && left <= 30s));
    document.spec.run->timeout_ms = 200'000;
    CHECK(p.run(document));
    CHECK((left > 50s && left <= 100s));
}

TEST_CASE("A create that fails is the end: there is nothing to destroy") {
    Pipeline p;
    p.backend.on_create = [](const auto&) -> Result<CellHandle> {
        return failure(Kind::SandboxFailed, "no room");
    };
    const auto report = p.run(secret_document());
    REQUIRE_FALSE(report);
    CHECK(report.error() == CellosError{Kind::SandboxFailed, "no room"});
    CHECK(p.log.calls() == Calls{"create"});
}

TEST_CASE("A secret that cannot be resolved ends the cell before its workload") {
    Pipeline p;
    p.broker.on_resolve = [](std::string_view reference) -> Result<Secret> {
        if (reference == "API_KEY") return failure(Kind::SecretBroker, "the vault is sealed");
        return Secret{"value"};
    };
    const auto report = p.run(secret_document());
    REQUIRE_FALSE(report);
    CHECK(report.error().kind == Kind::SecretBroker);
    CHECK_THAT(report.error().message, ContainsSubstring("the vault is sealed"));
    CHECK_THAT(report.error().message, ContainsSubstring("API_KEY"));
    CHECK_THAT(report.error().message, ContainsSubstring("secret broker (port 1), phase secrets"));
    CHECK(
        p.log.calls() ==
        Calls{"create", "resolve USER_KEY", "resolve API_KEY", "destroy", "revoke cell-1"}
    );
}

TEST_CASE("An execution that fails is the error of the run, after destroy and revoke") {
    Pipeline p;
    p.backend.on_execute = [](const auto&, const auto&) -> Result<ExitStatus> {
        return failure(Kind::CommandNotFound, "nope");
    };
    auto document = secret_document();
    document.spec.export_ = exporting_document().spec.export_;
    const auto report = p.run(document);
    REQUIRE_FALSE(report);
    CHECK(report.error() == CellosError{Kind::CommandNotFound, "nope"});
    CHECK(
        p.log.calls() ==
        Calls{
            "create", "resolve USER_KEY", "resolve API_KEY", "execute", "destroy", "revoke cell-1"}
    );
}

TEST_CASE("Nothing that fails after an error of the run is lost") {
    Pipeline p;
    p.backend.on_execute = [](const auto&, const auto&) -> Result<ExitStatus> {
        return failure(Kind::SandboxFailed, "the sandbox died");
    };
    p.backend.on_destroy = [](const auto&) -> Result<TeardownReport> {
        return failure(Kind::TeardownIncomplete, "a process is left");
    };
    p.broker.on_revoke = []() -> Result<void> {
        return failure(Kind::SecretBroker, "the vault is gone");
    };
    const auto report = p.run(secret_document());
    REQUIRE_FALSE(report);
    CHECK(report.error().kind == Kind::SandboxFailed);
    CHECK(
        report.error().message == "the sandbox died\n"
                                  "tear-down incomplete: a process is left\n"
                                  "secret broker error: secret broker (port 1), phase revoke: "
                                  "the vault is gone"
    );
}

TEST_CASE("An exit code is never lost to what fails later") {
    Pipeline p;
    p.backend.on_execute = [](const auto&, const auto&) -> Result<ExitStatus> {
        return ExitStatus::exited(0);
    };

    SECTION("destroy fails") {
        p.backend.on_destroy = [](const auto&) -> Result<TeardownReport> {
            return failure(Kind::TeardownIncomplete, "a mount is left");
        };
        const auto report = p.run(secret_document());
        REQUIRE(report);
        CHECK(report->exit == ExitStatus::exited(0));
        CHECK(report->outcome == Outcome::Failed);
        CHECK_FALSE(report->teardown.destroyed);
        CHECK(report->teardown.cell_id == "cell-1");
        CHECK(report->teardown_error == CellosError{Kind::TeardownIncomplete, "a mount is left"});
        CHECK(p.log.count("revoke cell-1") == 1);
    }
    SECTION("destroy cannot prove it") {
        p.backend.on_destroy = [](const CellHandle& cell) -> Result<TeardownReport> {
            return TeardownReport{cell.cell_id, false, 3};
        };
        const auto report = p.run(secret_document());
        REQUIRE(report);
        CHECK(report->exit == ExitStatus::exited(0));
        CHECK(report->outcome == Outcome::Failed);
        CHECK(report->teardown.peers_tracked_after == 3);
        REQUIRE(report->teardown_error);
        CHECK(report->teardown_error->kind == Kind::TeardownIncomplete);
    }
    SECTION("revocation fails") {
        p.broker.on_revoke = []() -> Result<void> { return failure(Kind::Host, "no network"); };
        const auto report = p.run(secret_document());
        REQUIRE(report);
        CHECK(report->outcome == Outcome::Succeeded);
        REQUIRE(report->port_errors.size() == 1);
        CHECK(report->port_errors[0].kind == Kind::SecretBroker);
        CHECK_THAT(report->port_errors[0].message, ContainsSubstring("phase revoke"));
        CHECK_THAT(report->port_errors[0].message, ContainsSubstring("host error: no network"));
    }
    SECTION("an export fails") {
        p.exporter.on_export = [](const ExportArtifactMetadata& artifact) -> Result<ExportReceipt> {
            if (artifact.name == "log") return failure(Kind::ExportSink, "bucket full");
            return ExportReceipt{};
        };
        const auto report = p.run(exporting_document());
        REQUIRE(report);
        CHECK(report->exit == ExitStatus::exited(0));
        CHECK(report->outcome == Outcome::Failed);
        REQUIRE(report->port_errors.size() == 1);
        CHECK(report->port_errors[0].kind == Kind::ExportSink);
        CHECK(
            report->port_errors[0].message ==
            "export sink drawer (port 2), phase export: bucket full (artifact log)"
        );
        CHECK(p.log.count("export core=/tmp/core") == 1);
        CHECK(report->teardown.destroyed);
    }
    SECTION("an artifact cannot be opened") {
        p.backend.on_open = [](const ExportArtifact& artifact
                            ) -> Result<std::unique_ptr<ArtifactReader>> {
            return failure(Kind::ExportSink, artifact.path + " is a symbolic link");
        };
        const auto report = p.run(exporting_document());
        REQUIRE(report);
        CHECK(report->outcome == Outcome::Failed);
        REQUIRE(report->port_errors.size() == 2);
        CHECK_THAT(report->port_errors[1].message, ContainsSubstring("/tmp/core is a symbolic"));
    }
}

TEST_CASE("Artifacts are exported however the workload ended, and not after a stop") {
    Pipeline p;
    std::stop_source stop;
    p.backend.on_execute = [](const auto&, const auto&) -> Result<ExitStatus> {
        return ExitStatus::exited(1);
    };
    SECTION("a failing workload") {
        const auto report = p.run(exporting_document());
        REQUIRE(report);
        CHECK(p.log.count("export log=/var/log") == 1);
        CHECK(report->port_errors.empty());
    }
    SECTION("a stop") {
        p.backend.on_execute = [&](const auto&, const auto&) -> Result<ExitStatus> {
            stop.request_stop();
            return ExitStatus::forced(ExitStatus::Kind::Cancelled);
        };
        const auto report = p.run(exporting_document(), {.stop = stop.get_token()});
        REQUIRE(report);
        CHECK(report->exit->kind == ExitStatus::Kind::Cancelled);
        CHECK(p.log.count("open log") == 0);
        CHECK(report->port_errors.size() == 2);
        CHECK(p.log.calls().back() == "revoke cell-1");
    }
}

TEST_CASE("An export ends with the cell's time to live, however much there is to read") {
    // Goes on for far longer than the cell may live.
    struct Endless : ArtifactReader {
        std::chrono::steady_clock::time_point end =
            std::chrono::steady_clock::now() + std::chrono::seconds{30};
        Result<std::size_t> read(std::span<std::byte> buffer) override {
            return std::chrono::steady_clock::now() < end ? buffer.size() : 0;
        }
    };
    Pipeline p;
    p.backend.on_open = [](const auto&) { return std::make_unique<Endless>(); };
    struct Copying {
        Result<ExportReceipt> export_artifact(const ExportArtifactMetadata&, ArtifactReader& from) {
            for (std::array<std::byte, 16> buffer{};;) {
                const auto got = from.read(buffer);
                if (!got) return failure_of(got);
                if (*got == 0) return ExportReceipt{};
            }
        }
    };
    auto document = exporting_document();
    document.spec.lifetime.ttl_seconds = 1;
    Supervisor supervisor{std::ref(p.backend), Copying{}, std::ref(p.broker)};
    const auto report = supervisor.run(document);
    REQUIRE(report);
    CHECK(report->outcome == Outcome::Failed);
    CHECK(report->teardown.destroyed);
    REQUIRE(report->port_errors.size() == 2);
    for (const CellosError& error : report->port_errors) {
        CHECK(error.kind == CellosError::Kind::ExportSink);
        CHECK_THAT(error.message, ContainsSubstring("raise spec.lifetime.ttlSeconds"));
    }
}

TEST_CASE("What a backend or port throws is contained, and the cell is still destroyed") {
    Pipeline p;
    const auto boom = [](const auto&...) -> Result<void> { throw std::runtime_error{"boom"}; };
    auto document = secret_document();
    document.spec.export_ = exporting_document().spec.export_;

    SECTION("create") {
        p.backend.on_create = [](const auto&) -> Result<CellHandle> {
            throw std::runtime_error{"boom"};
        };
        const auto report = p.run(document);
        REQUIRE_FALSE(report);
        CHECK(report.error() == CellosError{Kind::Host, "create threw an exception: boom"});
        CHECK(p.log.count("destroy") == 0);
    }
    SECTION("execute") {
        p.backend.on_execute = [](const auto&, const auto&) -> Result<ExitStatus> { throw 1; };
        const auto report = p.run(document);
        REQUIRE_FALSE(report);
        CHECK(report.error() == CellosError{Kind::Host, "execute threw an exception"});
        CHECK(p.log.count("destroy") == 1);
        CHECK(p.log.count("revoke cell-1") == 1);
    }
    SECTION("destroy") {
        p.backend.on_destroy = [](const auto&) -> Result<TeardownReport> { throw 1; };
        const auto report = p.run(document);
        REQUIRE(report);
        CHECK(report->exit == ExitStatus::exited(0));
        CHECK_FALSE(report->teardown.destroyed);
        CHECK(report->teardown_error->message == "destroy threw an exception");
        CHECK(p.log.count("revoke cell-1") == 1);
    }
    SECTION("resolve") {
        p.broker.on_resolve = [](std::string_view) -> Result<Secret> { throw 1; };
        const auto report = p.run(document);
        REQUIRE_FALSE(report);
        CHECK(report.error().kind == Kind::SecretBroker);
        CHECK(p.log.calls() == Calls{"create", "resolve USER_KEY", "destroy", "revoke cell-1"});
    }
    SECTION("revoke") {
        p.broker.on_revoke = boom;
        const auto report = p.run(document);
        REQUIRE(report);
        CHECK(report->port_errors.size() == 1);
    }
    SECTION("export") {
        p.exporter.on_export = [](const auto&) -> Result<ExportReceipt> { throw 1; };
        const auto report = p.run(document);
        REQUIRE(report);
        CHECK(report->outcome == Outcome::Failed);
        CHECK(p.log.count("destroy") == 1);
    }
    SECTION("a reader that is none") {
        p.backend.on_open = [](const auto&) -> Result<std::unique_ptr<ArtifactReader>> {
            return nullptr;
        };
        const auto report = p.run(document);
        REQUIRE(report);
        CHECK(report->outcome == Outcome::Failed);
        CHECK(report->port_errors.size() == 2);
    }
}

TEST_CASE("A stop before the workload destroys the cell and tells of a cancelled workload") {
    Pipeline p;
    std::stop_source stop;

    SECTION("during create") {
        p.backend.on_create = [&](const ExecutionCellDocument& document) -> Result<CellHandle> {
            stop.request_stop();
            return CellHandle{.cell_id = document.spec.id};
        };
        const auto report = p.run(secret_document(), {.stop = stop.get_token()});
        REQUIRE(report);
        CHECK(p.log.calls() == Calls{"create", "destroy", "revoke cell-1"});
        CHECK(report->exit == ExitStatus::forced(ExitStatus::Kind::Cancelled));
        CHECK(report->outcome == Outcome::Failed);
        CHECK(report->executed_on == ExecutedOn::Nowhere);
    }
    SECTION("during secrets") {
        p.broker.on_resolve = [&](std::string_view) -> Result<Secret> {
            stop.request_stop();
            return Secret{"value"};
        };
        const auto report = p.run(secret_document(), {.stop = stop.get_token()});
        REQUIRE(report);
        CHECK(p.log.calls() == Calls{"create", "resolve USER_KEY", "destroy", "revoke cell-1"});
        CHECK(report->exit == ExitStatus::forced(ExitStatus::Kind::Cancelled));
    }
    SECTION("with the last secret") {
        p.broker.on_resolve = [&](std::string_view reference) -> Result<Secret> {
            if (reference == "API_KEY") stop.request_stop();
            return Secret{"value"};
        };
        const auto report = p.run(secret_document(), {.stop = stop.get_token()});
        REQUIRE(report);
        CHECK(p.log.count("execute") == 0);
        CHECK(report->exit == ExitStatus::forced(ExitStatus::Kind::Cancelled));
    }
    SECTION("where nothing would have run") {
        p.backend.on_create = [&](const ExecutionCellDocument& document) -> Result<CellHandle> {
            stop.request_stop();
            return CellHandle{.cell_id = document.spec.id};
        };
        const auto report = p.run(lifecycle_document(), {.stop = stop.get_token()});
        REQUIRE(report);
        CHECK(report->exit == std::nullopt);
        CHECK(report->outcome == Outcome::Failed);
        CHECK(report->teardown.destroyed);
    }
}
