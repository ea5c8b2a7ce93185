// What a user's program does: parse, run with a backend and a sink of one's own, report.
#include <cellos/cellos.hpp>
#ifdef CELLOS_TEST_HAS_AGENT
#include <cellos/host/sandbox/agent/image.hpp>
#endif

#include <cstdlib>
#include <iostream>

namespace {

struct Backend {
    static constexpr std::string_view name = "mine";

    cellos::Result<cellos::CellHandle> create(const cellos::ExecutionCellDocument& document) {
        return cellos::CellHandle{.cell_id = document.spec.id};
    }
    cellos::Result<cellos::TeardownReport> destroy(const cellos::CellHandle& cell) {
        return cellos::TeardownReport{cell.cell_id, true, 0};
    }
};

struct CountingSink {
    cellos::Result<void> emit(const cellos::CloudEvent&) {
        ++*events;
        return {};
    }
    int* events;
};

} // namespace

int main() {
    const auto document = cellos::parse_document(
        R"({"apiVersion":"cellos.io/v1","kind":"ExecutionCell",)"
        R"("spec":{"id":"outside","authority":{},"lifetime":{"ttlSeconds":60}}})"
    );
    if (!document) {
        std::cerr << document.error().what() << '\n';
        return 1;
    }
#ifdef CELLOS_TEST_HAS_AGENT
    // Nothing lies beside this program, nor on its PATH.
    ::unsetenv("PATH");
    if (const auto agent = cellos::sandbox::agent::agent_program({}); !agent) {
        std::cerr << agent.error().what() << '\n';
        return 1;
    }
#endif
    int events = 0;
    cellos::Supervisor supervisor{Backend{}, CountingSink{&events}};
    const auto report = supervisor.run(*document);
    if (!report) {
        std::cerr << report.error().what() << '\n';
        return 1;
    }
    std::cout << cellos::to_json(*report) << '\n';
    const bool stub = cellos::Supervisor{cellos::StubCellBackend{}}.run(*document).has_value();
    return stub && report->teardown.destroyed && events > 0 ? 0 : 1;
}
