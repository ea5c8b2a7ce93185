// A supervisor over a backend and ports of every kind that do what a test tells them to.
#pragma once

#include "support/scripted_backend.hpp"

#include <cellos/supervisor.hpp>

#include <functional>
#include <utility>

namespace cellos_test {

[[nodiscard]] inline cellos::ExecutionCellDocument secret_document() {
    cellos::ExecutionCellDocument document = run_document();
    document.spec.authority.secret_refs = {"USER_KEY", "API_KEY"};
    return document;
}

[[nodiscard]] inline cellos::ExecutionCellDocument exporting_document() {
    cellos::ExecutionCellDocument document = run_document();
    document.spec.export_.emplace().artifacts = {{"log", "/var/log"}, {"core", "/tmp/core"}};
    return document;
}

struct Pipeline {
    CallLog log;
    ExportingBackend backend{log};
    ScriptedBroker broker{log};
    ScriptedExport exporter{log};

    /// `more`: ports behind the broker and the export.
    template <class... More>
    cellos::Result<cellos::CellReport> run(
        const cellos::ExecutionCellDocument& document, cellos::RunOptions options = {}, More... more
    ) {
        cellos::Supervisor supervisor{
            std::ref(backend), std::ref(broker), std::ref(exporter), more...};
        return supervisor.run(document, std::move(options));
    }
};

} // namespace cellos_test
