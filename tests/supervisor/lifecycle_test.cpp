// The one table, and what is read from it.

#include "support/catch.hpp"

#include <cellos/supervisor/cell.hpp>
#include <cellos/supervisor/lifecycle.hpp>
#include <cellos/supervisor/lifecycle_diagram.hpp>
#include <cellos/supervisor/replay.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace cellos;
using Catch::Matchers::ContainsSubstring;

namespace {

template <class Data>
CloudEvent event(std::string cell = "cell-1") {
    return {.type = std::string{Data::type}, .subject = "urn:cellos:cell:" + cell, .data = Data{}};
}

std::vector<CloudEvent> whole_history() {
    return {
        event<IdentityMaterialized>(),
        event<CellStarted>(),
        event<ProcessSpawned>(),
        event<CommandCompleted>(),
        event<ExportCompleted>(),
        event<IdentityRevoked>(),
        event<ComplianceSummary>(),
        event<CellDestroyed>(),
    };
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
}

TEST_CASE("A history with an event missing, doubled or out of place is refused") {
    const auto whole = whole_history();
    // What a legal history may lack: secrets, exports, and what goes with them.
    const auto optional = [](const CloudEvent& event) {
        return event.type == IdentityMaterialized::type || event.type == IdentityRevoked::type ||
               event.type == ExportCompleted::type;
    };
    for (std::size_t i = 0; i < whole.size(); ++i) {
        CAPTURE(whole[i].type);
        auto without = whole;
        without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
        CHECK(replay(without).has_value() == optional(whole[i]));

        auto doubled = whole;
        doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(i), whole[i]);
        CHECK(replay(doubled).has_value() == optional(whole[i]));

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
        history[3] = event<CommandCompleted>("cell-2");
        CHECK_THAT(replay(history).error().message, ContainsSubstring("another cell"));
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
