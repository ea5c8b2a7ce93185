// What can be known before a cell exists is refused before a cell exists.

#include "support/catch.hpp"
#include "support/scripted_backend.hpp"

#include <cellos/core/visible.hpp>
#include <cellos/host/stub.hpp>
#include <cellos/sink/memory.hpp>
#include <cellos/supervisor.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

using namespace cellos;
using namespace cellos_test;
using Kind = CellosError::Kind;
using Catch::Matchers::ContainsSubstring;

namespace {

// A host backend that would tell if it was used.
struct HostBackend : LifecycleBackend {
    static constexpr std::string_view name = "host";
    static constexpr bool runs_on_host = true;
    using LifecycleBackend::LifecycleBackend;
};

// Has no room for a long command.
struct Terse : ScriptedBackend {
    static constexpr ArgvBounds argv_bounds{.argument = 8, .together = 12};
    using ScriptedBackend::ScriptedBackend;
};

template <class Backend>
struct Refusal {
    CallLog log;
    Backend backend{log};

    template <class... Ports>
    CellosError of(const ExecutionCellDocument& document, RunOptions options, Ports... ports) {
        Supervisor supervisor{std::ref(backend), ports...};
        const auto report = supervisor.run(document, std::move(options));
        CHECK(log.calls().empty());
        REQUIRE_FALSE(report);
        return report.error();
    }
};

} // namespace

TEST_CASE("A document that breaks a rule is refused with all its violations") {
    Refusal<ScriptedBackend> refusal;
    const auto error = refusal.of(ExecutionCellDocument{}, {});
    CHECK(error.kind == Kind::InvalidSpec);
    CHECK_THAT(error.message, ContainsSubstring("spec.id must be non-empty"));
    CHECK_THAT(error.message, ContainsSubstring("spec.lifetime.ttlSeconds"));
}

TEST_CASE("A command that is too long for its backend is refused, and for no other") {
    Refusal<Terse> terse;
    CHECK(terse.of(run_document({"12345678"}), {}).kind == Kind::ArgvTooLarge);
    CHECK(terse.of(run_document({"1234567", "1234"}), {}).kind == Kind::ArgvTooLarge);
    CallLog log;
    CHECK(Supervisor{Terse{log}}.run(run_document({"1234567", "123"})));
    CHECK(Supervisor{ScriptedBackend{log}}.run(run_document({std::string(100'000, 'x')})));
    Refusal<ScriptedBackend> other;
    CHECK(other.of(run_document({std::string(131'072, 'x')}), {}).kind == Kind::ArgvTooLarge);
}

TEST_CASE("A workload is refused where there is neither a cell nor a host to run it") {
    Refusal<LifecycleBackend> refusal;
    const auto error = refusal.of(run_document(), {});
    CHECK(error.kind == Kind::Unsupported);
    CHECK_THAT(error.message, ContainsSubstring("spec.run"));
    CHECK_THAT(error.message, ContainsSubstring("lifecycle"));
}

TEST_CASE("Secrets are refused without a broker") {
    Refusal<ScriptedBackend> refusal;
    auto document = run_document();
    document.spec.authority.secret_refs = {"TOKEN"};
    CHECK(refusal.of(document, {}).kind == Kind::SecretBroker);
}

TEST_CASE("Exports are refused without somebody who takes them or somebody who gives them") {
    auto document = run_document();
    document.spec.export_.emplace().artifacts = {{"log", "/var/log"}};
    {
        Refusal<ExportingBackend> refusal;
        CHECK(refusal.of(document, {}).kind == Kind::ExportSink);
    }
    {
        Refusal<ScriptedBackend> refusal;
        const auto error = refusal.of(document, {}, ScriptedExport{refusal.log});
        CHECK(error.kind == Kind::Unsupported);
        CHECK_THAT(error.message, ContainsSubstring("spec.export"));
    }
}

TEST_CASE("A delivery by a broker at run time is refused") {
    auto document = run_document();
    document.spec.run->secret_delivery =
        GENERATE(SecretDelivery::RuntimeBroker, SecretDelivery::RuntimeLeasedBroker);
    Refusal<ScriptedBackend> refusal;
    const auto error = refusal.of(document, {});
    CHECK(error.kind == Kind::Unsupported);
    CHECK_THAT(error.message, ContainsSubstring("not supported by this backend"));
}

TEST_CASE("What needs a cell is refused on the host") {
    Refusal<HostBackend> refusal;
    auto document = run_document();
    SECTION("secrets as files") {
        document.spec.run->secret_delivery = SecretDelivery::File;
        const auto error = refusal.of(document, {});
        CHECK(error.kind == Kind::Unsupported);
        CHECK_THAT(error.message, ContainsSubstring("file"));
    }
    SECTION("input files and trees") {
        const InputFile input = GENERATE(InputFile{"data", "x"}, InputFile(InputTree{"/srv", "t"}));
        const auto error = refusal.of(document, {.inputs = {input}});
        CHECK(error.kind == Kind::Unsupported);
        CHECK_THAT(error.message, ContainsSubstring("/inputs"));
    }
}

TEST_CASE("Secrets as files are delivered in a cell") {
    CallLog log;
    auto document = run_document();
    document.spec.run->secret_delivery = SecretDelivery::File;
    Supervisor supervisor{ScriptedBackend{log}};
    CHECK(supervisor.run(document));
}

TEST_CASE("An input file can be read and executed, and nothing else") {
    Refusal<ScriptedBackend> refusal;
    for (const std::uint32_t mode : {0222U, 0755U, 04555U, 01444U, 0100444U}) {
        CAPTURE(mode);
        const auto error = refusal.of(
            run_document(), {.inputs = {{"a", std::string{}}, {"b", std::string{}, mode}}}
        );
        CHECK(error.kind == Kind::InvalidSpec);
        CHECK_THAT(error.message, ContainsSubstring("inputs[1].mode must be permissions"));
    }
    CallLog log;
    ScriptedBackend backend{log};
    backend.on_execute = [](const CellHandle&, const RunContext& context) {
        CHECK(context.inputs.at(0).mode == 0444);
        CHECK(context.inputs.at(1).mode == 0555);
        CHECK(context.inputs.at(2).mode == 0);
        return Result<ExitStatus>{ExitStatus::exited(0)};
    };
    Supervisor supervisor{std::ref(backend)};
    CHECK(supervisor.run(
        run_document(),
        {.inputs = {{"a", std::string{}}, {"b", std::string{}, 0555}, {"c", std::string{}, 0}}}
    ));
}

TEST_CASE("Names of inputs are paths of portable names, and each file has its own") {
    Refusal<ScriptedBackend> refusal;
    std::string too_deep = "a";
    for (int i = 0; i < 64; ++i) too_deep += "/a";
    const std::vector<std::string> wrong{
        ".", "..", "/", "/a", "a/", "a//b", "./a", "a/../b", "a b", "a/\xC3\xA4", "a\nb", too_deep};
    for (const std::string& name : wrong) {
        CAPTURE(name);
        for (const InputFile& input : {InputFile{name, "x"}, InputFile(InputTree{"/srv", name})}) {
            const auto error = refusal.of(run_document(), {.inputs = {input}});
            CHECK(error.kind == Kind::InvalidSpec);
            CHECK_THAT(
                error.message,
                ContainsSubstring(
                    "inputs[0].name must be a portable file name, or a path of such names"
                )
            );
            CHECK(error.message.ends_with(visible(name)));
        }
    }
    CHECK_THAT(
        refusal.of(run_document(), {.inputs = {{"", "x"}}}).message,
        ContainsSubstring("inputs[0].name")
    );
    const auto error =
        refusal.of(run_document(), {.inputs = {{"a/b", "1"}, {"b", "2"}, {"a/b", "3"}}});
    CHECK_THAT(error.message, ContainsSubstring("inputs[2].name names an input file twice: a/b"));
    CallLog log;
    Supervisor supervisor{ScriptedBackend{log}};
    CHECK(supervisor.run(
        run_document(),
        {.inputs =
             {{"src/main.c", "x"},
              {too_deep.substr(2), "x"},
              InputTree{"/srv"},
              InputTree{"/srv", "src"}}}
    ));
}

TEST_CASE("A stop before create is an error, and nothing is created") {
    std::stop_source stop;
    stop.request_stop();
    Refusal<ScriptedBackend> refusal;
    CHECK(refusal.of(run_document(), {.stop = stop.get_token()}).kind == Kind::Cancelled);
}

TEST_CASE("The stub takes rules for egress, enforces none, and says so in the summary") {
    auto document = lifecycle_document();
    MemoryEventSink sink;
    Supervisor supervisor{StubCellBackend{}, std::ref(sink)};
    const auto enforced = [&] {
        REQUIRE(supervisor.run(document));
        const auto events = sink.events();
        return std::get<ComplianceSummary>(events[events.size() - 2].data).egress_enforced;
    };
    CHECK(enforced() == std::nullopt);
    document.spec.authority.egress_rules = {{.host = "example.org", .port = 443}};
    CHECK(enforced() == false);
}
