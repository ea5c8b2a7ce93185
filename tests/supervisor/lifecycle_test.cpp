// The one table, and what is read from it.

#include "support/catch.hpp"

#include <cellos/lifecycle/diagram.hpp>
#include <cellos/lifecycle/replay.hpp>
#include <cellos/lifecycle/table.hpp>
#include <cellos/supervisor/cell.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

using namespace cellos;
using Catch::Matchers::ContainsSubstring;

namespace {

// Links and ids are what replay wants to see; the rest may stay as it is by default.
class Recorder {
public:
    template <class Data>
    Provenance add(Data data, std::optional<Provenance> cause = {}) {
        data.cell_id = "cell-1";
        CloudEvent event{
            .id = std::to_string(events_.size() + 1),
            .type = std::string{Data::type},
            .subject = "urn:cellos:cell:cell-1",
            .data = std::move(data),
            .provenance = std::move(cause),
            .extensions = {
                {"cellrun", "life-1"}, {"cellsequence", std::to_string(events_.size() + 1)}}};
        events_.push_back(event);
        return {event.id, event.type};
    }
    std::vector<CloudEvent> events() && { return std::move(events_); }

private:
    std::vector<CloudEvent> events_;
};

std::vector<CloudEvent> whole_history() {
    Recorder recorder;
    const auto secret = recorder.add(IdentityMaterialized{.secret_ref = "KEY"});
    const auto started = recorder.add(CellStarted{});
    const auto spawned = recorder.add(ProcessSpawned{}, started);
    const auto completed =
        recorder.add(CommandCompleted{.exit_code = 0, .reason = "exited"}, spawned);
    recorder.add(ExportCompleted{}, completed);
    recorder.add(IdentityRevoked{.secret_ref = "KEY"}, secret);
    recorder.add(ComplianceSummary{.exit_code = 0, .exit_reason = "exited"}, completed);
    recorder.add(CellDestroyed{.outcome = Outcome::Succeeded}, completed);
    return std::move(recorder).events();
}

// The lives of documents that a policy has decided on.
std::vector<CloudEvent> admitted_history() {
    Recorder recorder;
    recorder.add(PolicyAdmitted{});
    const auto started = recorder.add(CellStarted{});
    recorder.add(ComplianceSummary{}, started);
    recorder.add(CellDestroyed{.outcome = Outcome::Succeeded}, started);
    return std::move(recorder).events();
}

std::vector<CloudEvent> refused_history() {
    Recorder recorder;
    const auto admitted = recorder.add(PolicyAdmitted{});
    recorder.add(CellRefused{}, admitted);
    return std::move(recorder).events();
}

} // namespace

TEST_CASE("The table leads through the phases in their order") {
    using enum CellState;
    CHECK(after(Requested, Phase::Admit) == Admitted);
    CHECK(after(Admitted, Phase::Create) == Created);
    CHECK(after(Created, Phase::Secrets) == Provisioned);
    CHECK(after(Provisioned, Phase::Started) == Started);
    CHECK(after(Started, Phase::Run) == Ended);
    CHECK(after(Ended, Phase::Export) == Exported);
    CHECK(after(Exported, Phase::Destroy) == TornDown);
    CHECK(after(TornDown, Phase::Revoke) == Revoked);
    CHECK(after(Revoked, Phase::Destroyed) == Destroyed);

    CHECK(after_failure(Requested, Phase::Admit) == Refused);
    CHECK(after_failure(Admitted, Phase::Create) == Refused);
    CHECK(after_failure(Created, Phase::Secrets) == Denied);
    CHECK_FALSE(may_fail(Started, Phase::Run));
}

TEST_CASE("A cell can be destroyed in every state that it may be left in") {
    using enum CellState;
    for (const CellState state : {Created, Denied, Provisioned, Started, Ended, Exported})
        CHECK(allows(state, Phase::Destroy));
    for (const CellState state : {Requested, Admitted, Refused, TornDown, Revoked, Destroyed})
        CHECK_FALSE(allows(state, Phase::Destroy));
}

TEST_CASE("A complete history is legal") {
    CHECK(replay(whole_history()));
    CHECK(replay(admitted_history()));
    CHECK(replay(refused_history()));
    Recorder recorder;
    recorder.add(PolicyRefused{});
    CHECK(replay(std::move(recorder).events()));
}

TEST_CASE("A policy decides once, first, and what it refuses has no cell") {
    const auto complaint = [](const std::vector<CloudEvent>& history) {
        const auto legal = replay(history);
        return legal ? std::string{} : legal.error().message;
    };
    Recorder recorder;
    SECTION("twice") {
        recorder.add(PolicyAdmitted{});
        recorder.add(PolicyAdmitted{});
        CHECK_THAT(complaint(std::move(recorder).events()), ContainsSubstring("a second time"));
    }
    SECTION("both ways") {
        recorder.add(PolicyAdmitted{});
        recorder.add(PolicyRefused{});
        CHECK_THAT(
            complaint(std::move(recorder).events()), ContainsSubstring("what was admitted before")
        );
    }
    SECTION("too late") {
        recorder.add(CellStarted{});
        recorder.add(PolicyAdmitted{});
        CHECK_THAT(complaint(std::move(recorder).events()), ContainsSubstring("out of place"));
    }
    SECTION("a cell after a refusal") {
        recorder.add(PolicyRefused{});
        recorder.add(CellStarted{});
        CHECK_THAT(complaint(std::move(recorder).events()), ContainsSubstring("out of place"));
    }
    SECTION("an admission alone") {
        recorder.add(PolicyAdmitted{});
        CHECK_THAT(
            complaint(std::move(recorder).events()), ContainsSubstring("ends before the cell does")
        );
    }
    SECTION("a cell that was refused, and admitted by nobody") {
        recorder.add(CellRefused{});
        CHECK_THAT(
            complaint(std::move(recorder).events()), ContainsSubstring("without the admission")
        );
    }
    SECTION("a cell that was refused after it had started") {
        const auto admitted = recorder.add(PolicyAdmitted{});
        recorder.add(CellStarted{});
        recorder.add(CellRefused{}, admitted);
        CHECK_THAT(complaint(std::move(recorder).events()), ContainsSubstring("out of place"));
    }
}

TEST_CASE("A history with an event missing, doubled or out of place is refused") {
    const auto whole = GENERATE(whole_history(), admitted_history(), refused_history());
    for (std::size_t i = 0; i < whole.size(); ++i) {
        CAPTURE(whole[i].type);
        auto without = whole;
        without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
        CHECK_FALSE(replay(without));

        auto doubled = whole;
        doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(i), whole[i]);
        CHECK_FALSE(replay(doubled));

        if (i + 1 < whole.size()) {
            auto swapped = whole;
            std::swap(swapped[i], swapped[i + 1]);
            CHECK_FALSE(replay(swapped));
        }
    }
}

TEST_CASE("What is wrong with a history is said of the first event that is") {
    auto history = whole_history();
    SECTION("out of place") {
        std::swap(history[1], history[2]);
        CHECK_THAT(
            replay(history).error().message, ContainsSubstring("event 2 (dev.cellos.events")
        );
        CHECK_THAT(replay(history).error().message, ContainsSubstring("is out of place"));
    }
    SECTION("the end is missing") {
        history.pop_back();
        CHECK_THAT(replay(history).error().message, ContainsSubstring("ends before the cell does"));
        CHECK_FALSE(replay({}));
    }
    SECTION("another cell") {
        history[3].subject = "urn:cellos:cell:cell-2";
        CHECK_THAT(replay(history).error().message, ContainsSubstring("another cell"));
    }
    SECTION("another life of the same cell") {
        history[3].extensions["cellrun"] = "life-2";
        CHECK_THAT(replay(history).error().message, ContainsSubstring("another cell"));
    }
    SECTION("another cell in the data") {
        std::get<CommandCompleted>(history[3].data).cell_id = "cell-2";
        CHECK_THAT(replay(history).error().message, ContainsSubstring("names another cell"));
    }
    SECTION("a cause that is not the cause") {
        history[3].provenance = history[2].provenance;
        CHECK_THAT(
            replay(history).error().message,
            ContainsSubstring("event 4 (dev.cellos.events.cell.command.v1.completed) does not name")
        );
    }
    SECTION("no cause") {
        history[5].provenance.reset();
        CHECK_THAT(replay(history).error().message, ContainsSubstring("does not name the event"));
    }
    SECTION("a secret that nobody delivered") {
        std::get<IdentityRevoked>(history[5].data).secret_ref = "OTHER";
        CHECK_THAT(replay(history).error().message, ContainsSubstring("does not have"));
    }
    SECTION("a secret that is kept") {
        history.erase(history.begin() + 5);
        for (std::size_t i = 5; i < history.size(); ++i)
            history[i].extensions["cellsequence"] = std::to_string(i + 1);
        CHECK_THAT(replay(history).error().message, ContainsSubstring("every secret was taken"));
    }
    SECTION("another exit in the summary") {
        std::get<ComplianceSummary>(history[6].data).exit_code = 1;
        CHECK_THAT(replay(history).error().message, ContainsSubstring("another exit"));
    }
    SECTION("another usage in the summary") {
        const ResourceUsage usage{.wall = std::chrono::seconds{1}};
        std::get<CommandCompleted>(history[3].data).usage = usage;
        CHECK_THAT(replay(history).error().message, ContainsSubstring("another usage"));
        std::get<ComplianceSummary>(history[6].data).usage = usage;
        CHECK(replay(history));
    }
    SECTION("a success after a failure") {
        std::get<CommandCompleted>(history[3].data).exit_code = 1;
        std::get<ComplianceSummary>(history[6].data).exit_code = 1;
        CHECK_THAT(replay(history).error().message, ContainsSubstring("success after a failure"));
    }
    SECTION("one of several exports") {
        history.erase(history.begin() + 4);
        CHECK_THAT(
            replay(history).error().message, ContainsSubstring("is not event 5 of its cell")
        );
    }
    SECTION("an event that nobody counted") {
        history[4].extensions.erase("cellsequence");
        CHECK_THAT(replay(history).error().message, ContainsSubstring("is not event 5"));
    }
    SECTION("data of another type") {
        history[3].data = CellStarted{};
        CHECK_THAT(replay(history).error().message, ContainsSubstring("data of another type"));
    }
}

TEST_CASE("The pictures show every move of the table") {
    const std::string graphviz = lifecycle_graphviz();
    const std::string mermaid = lifecycle_mermaid();
    CHECK(graphviz.starts_with("digraph lifecycle {\n"));
    CHECK(graphviz.ends_with("}\n"));
    CHECK(mermaid.starts_with("stateDiagram-v2\n"));
    for (const Transition& move : lifecycle) {
        const std::string from{to_string(move.from)};
        const std::string to{to_string(move.to)};
        CHECK_THAT(graphviz, ContainsSubstring(from + " -> " + to + " ["));
        CHECK_THAT(mermaid, ContainsSubstring(from + " --> " + to + ": "));
    }
    CHECK_THAT(
        graphviz,
        ContainsSubstring("started -> running [label=\"run: observability.v1.process_spawned\"];")
    );
    CHECK_THAT(
        graphviz, ContainsSubstring("admitted -> refused [label=\"create\", style=dashed];")
    );
    CHECK_THAT(
        mermaid, ContainsSubstring("started --> running: run, observability.v1.process_spawned\n")
    );
    CHECK(
        std::count(graphviz.begin(), graphviz.end(), '>') ==
        static_cast<std::ptrdiff_t>(lifecycle.size())
    );
}
