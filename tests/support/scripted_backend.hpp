// Backends and ports that do what a test tells them to, and write down in which order they were
// called.
#pragma once

#include <cellos/core/artifact_access.hpp>
#include <cellos/core/command_document.hpp>
#include <cellos/core/document.hpp>
#include <cellos/core/event.hpp>
#include <cellos/core/exit_status.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/policy_decision.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/core/secret.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cellos_test {

/// Who was called, in order. Shared by everything in one supervisor.
class CallLog {
public:
    void add(std::string call) {
        const std::lock_guard lock{mutex_};
        calls_.push_back(std::move(call));
    }
    [[nodiscard]] std::vector<std::string> calls() const {
        const std::lock_guard lock{mutex_};
        return calls_;
    }
    [[nodiscard]] std::ptrdiff_t count(std::string_view call) const {
        const std::lock_guard lock{mutex_};
        return std::count(calls_.begin(), calls_.end(), call);
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> calls_;
};

/// Creates and destroys, and runs nothing.
struct LifecycleBackend {
    static constexpr std::string_view name = "lifecycle";

    explicit LifecycleBackend(CallLog& log_) : log{&log_} {}

    cellos::Result<cellos::CellHandle> create(const cellos::ExecutionCellDocument& document) {
        log->add("create");
        if (on_create) return on_create(document);
        return cellos::CellHandle{.cell_id = document.spec.id};
    }
    cellos::Result<cellos::TeardownReport> destroy(const cellos::CellHandle& cell) {
        log->add("destroy");
        if (on_destroy) return on_destroy(cell);
        return cellos::TeardownReport{cell.cell_id, true, 0};
    }

    CallLog* log;
    std::function<cellos::Result<cellos::CellHandle>(const cellos::ExecutionCellDocument&)>
        on_create{};
    std::function<cellos::Result<cellos::TeardownReport>(const cellos::CellHandle&)> on_destroy{};
};

/// Also executes in the cell.
struct ScriptedBackend : LifecycleBackend {
    static constexpr std::string_view name = "scripted";

    using LifecycleBackend::LifecycleBackend;

    cellos::Result<cellos::ExitStatus> execute(
        const cellos::CellHandle& cell, const cellos::RunContext& context
    ) {
        log->add("execute");
        if (on_execute) return on_execute(cell, context);
        return cellos::ExitStatus::exited(0);
    }

    std::function<
        cellos::Result<cellos::ExitStatus>(const cellos::CellHandle&, const cellos::RunContext&)>
        on_execute{};
};

/// Reads from a string.
class TextReader : public cellos::ArtifactReader {
public:
    explicit TextReader(std::string text) : text_{std::move(text)} {}

    [[nodiscard]] cellos::Result<std::size_t> read(std::span<std::byte> buffer) override {
        const std::size_t count = std::min(buffer.size(), text_.size() - read_);
        std::transform(
            text_.begin() + static_cast<std::ptrdiff_t>(read_),
            text_.begin() + static_cast<std::ptrdiff_t>(read_ + count),
            buffer.begin(),
            [](char c) { return static_cast<std::byte>(c); }
        );
        read_ += count;
        return count;
    }
    [[nodiscard]] std::uint64_t size_bytes() const noexcept override { return text_.size(); }

private:
    std::string text_;
    std::size_t read_ = 0;
};

/// Also gives artifacts away: of each, its own path as its content.
struct ExportingBackend : ScriptedBackend {
    static constexpr std::string_view name = "exporting";

    using ScriptedBackend::ScriptedBackend;

    cellos::Result<std::unique_ptr<cellos::ArtifactReader>> open_artifact(
        const cellos::CellHandle&, const cellos::ExportArtifact& artifact
    ) {
        log->add("open " + artifact.name);
        if (on_open) return on_open(artifact);
        return std::make_unique<TextReader>(artifact.path);
    }

    std::function<
        cellos::Result<std::unique_ptr<cellos::ArtifactReader>>(const cellos::ExportArtifact&)>
        on_open{};
};

/// Resolves every reference to itself, backwards.
struct ScriptedBroker {
    explicit ScriptedBroker(CallLog& log_) : log{&log_} {}

    cellos::Result<cellos::Secret> resolve(std::string_view reference, const cellos::CellHandle&) {
        log->add("resolve " + std::string{reference});
        if (on_resolve) return on_resolve(reference);
        return cellos::Secret{std::string{reference.rbegin(), reference.rend()}};
    }
    cellos::Result<void> revoke_for_cell(std::string_view cell_id) {
        log->add("revoke " + std::string{cell_id});
        if (on_revoke) return on_revoke();
        return {};
    }

    CallLog* log;
    std::function<cellos::Result<cellos::Secret>(std::string_view)> on_resolve{};
    std::function<cellos::Result<void>()> on_revoke{};
};

/// Notes the last two parts of each event's type.
struct ScriptedSink {
    explicit ScriptedSink(CallLog& log_) : log{&log_} {}

    cellos::Result<void> emit(const cellos::CloudEvent& event) {
        log->add("event " + event.type.substr(std::string_view{"dev.cellos.events.cell."}.size()));
        if (on_emit) return on_emit(event);
        return {};
    }

    CallLog* log;
    std::function<cellos::Result<void>(const cellos::CloudEvent&)> on_emit{};
};

/// Notes each artifact with its content.
struct ScriptedExport {
    static constexpr std::string_view name = "drawer";

    explicit ScriptedExport(CallLog& log_) : log{&log_} {}

    cellos::Result<cellos::ExportReceipt> export_artifact(
        const cellos::ExportArtifactMetadata& artifact, cellos::ArtifactReader& reader
    ) {
        std::string content(64, '\0');
        const auto got = reader.read(std::as_writable_bytes(std::span{content}));
        if (!got) return failure_of(got);
        content.resize(*got);
        log->add("export " + artifact.name + '=' + content);
        if (on_export) return on_export(artifact);
        return cellos::ExportReceipt{
            .target_kind = "drawer", .location = artifact.name, .size_bytes = artifact.size_bytes};
    }

    CallLog* log;
    std::function<cellos::Result<cellos::ExportReceipt>(const cellos::ExportArtifactMetadata&)>
        on_export{};
};

/// Admits everything by the pack "scripted" 1.
struct ScriptedPolicy {
    static constexpr std::string_view name = "script";

    explicit ScriptedPolicy(CallLog& log_) : log{&log_} {}

    cellos::Result<cellos::PolicyDecision> decide(const cellos::ExecutionCellDocument& document) {
        log->add("decide " + document.spec.id);
        if (on_decide) return on_decide(document);
        return cellos::PolicyDecision{.pack = {"scripted", "1"}};
    }

    CallLog* log;
    std::function<cellos::Result<cellos::PolicyDecision>(const cellos::ExecutionCellDocument&)>
        on_decide{};
};

/// A document that passes validation and runs nothing.
[[nodiscard]] inline cellos::ExecutionCellDocument lifecycle_document(std::string id = "cell-1") {
    cellos::ExecutionCellDocument document;
    document.spec.id = std::move(id);
    document.spec.lifetime.ttl_seconds = 60;
    return document;
}

/// A document that runs `argv`.
[[nodiscard]] inline cellos::ExecutionCellDocument run_document(
    std::vector<std::string> argv = {"true"}
) {
    auto document = cellos::command_document("cell-1", std::move(argv));
    document.spec.lifetime.ttl_seconds = 60;
    return document;
}

} // namespace cellos_test
