// One life of a cell, led in three ways that make the same calls, read the clock as often and build
// the same report: by the Supervisor template, by a function written by hand for exactly these
// ports, and by the same function over abstract classes, as a library without templates would do.
#pragma once

#include <cellos/core/secret.hpp>
#include <cellos/core/validate.hpp>
#include <cellos/host/stub.hpp>
#include <cellos/supervisor.hpp>
#include <cellos/supervisor/host_name.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pipeline {

using namespace cellos;

/// Passes validation and runs nothing.
inline ExecutionCellDocument only_lifecycle_document() {
    ExecutionCellDocument document;
    document.spec.id = "only-lifecycle";
    document.spec.lifetime.ttl_seconds = 60;
    return document;
}

// --- The ports, as cheap as they can be
// -----------------------------------------------------------

struct Sink {
    std::size_t events = 0;
    Result<void> emit(const CloudEvent&) {
        ++events;
        return {};
    }
};

struct Broker {
    std::size_t revoked = 0;
    Result<Secret> resolve(std::string_view reference, const CellHandle&) {
        return Secret{std::string{reference}};
    }
    Result<void> revoke_for_cell(std::string_view) {
        ++revoked;
        return {};
    }
};

struct Tracer {
    struct Span {
        std::size_t* open;
        explicit Span(std::size_t& count) : open{&count} { ++*open; }
        Span(const Span&) = delete;
        Span& operator=(const Span&) = delete;
        ~Span() { --*open; }
    };
    std::size_t open = 0;
    Span begin(std::string_view, const CellRef&) { return Span{open}; }
};

// --- The same as abstract classes
// -----------------------------------------------------------------

struct AnyBackend {
    virtual ~AnyBackend() = default;
    virtual Result<CellHandle> create(const ExecutionCellDocument&) = 0;
    virtual Result<TeardownReport> destroy(const CellHandle&) = 0;
};
struct AnySink {
    virtual ~AnySink() = default;
    virtual Result<void> emit(const CloudEvent&) = 0;
};
struct AnyBroker {
    virtual ~AnyBroker() = default;
    virtual Result<Secret> resolve(std::string_view, const CellHandle&) = 0;
    virtual Result<void> revoke_for_cell(std::string_view) = 0;
};
struct AnySpan {
    virtual ~AnySpan() = default;
};
struct AnyTracer {
    virtual ~AnyTracer() = default;
    virtual std::unique_ptr<AnySpan> begin(std::string_view, const CellRef&) = 0;
};

struct VirtualStub final : AnyBackend {
    StubCellBackend stub{};
    Result<CellHandle> create(const ExecutionCellDocument& document) override {
        return stub.create(document);
    }
    Result<TeardownReport> destroy(const CellHandle& cell) override { return stub.destroy(cell); }
};
struct VirtualSink final : AnySink {
    Sink sink{};
    Result<void> emit(const CloudEvent& event) override { return sink.emit(event); }
};
struct VirtualBroker final : AnyBroker {
    Broker broker{};
    Result<Secret> resolve(std::string_view reference, const CellHandle& cell) override {
        return broker.resolve(reference, cell);
    }
    Result<void> revoke_for_cell(std::string_view id) override {
        return broker.revoke_for_cell(id);
    }
};
struct VirtualTracer final : AnyTracer {
    struct VirtualSpan final : AnySpan {
        Tracer::Span span;
        explicit VirtualSpan(std::size_t& open) : span{open} {}
    };
    Tracer tracer{};
    std::unique_ptr<AnySpan> begin(std::string_view, const CellRef&) override {
        return std::make_unique<VirtualSpan>(tracer.open);
    }
};

// --- By hand
// --------------------------------------------------------------------------------------

/// Stands for a port that is not there.
struct None {};

template <class T>
inline constexpr bool some = !std::is_same_v<T, None>;

/// Emits the three events of a life without a workload.
template <class Sink>
class HandWrittenEvents {
public:
    HandWrittenEvents(
        Sink* sink, const ExecutionCellSpec& spec, CellReport& report, detail::RunIds& ids
    )
        : sink_{sink},
          spec_{spec},
          report_{report},
          ids_{ids},
          source_{"/cellos/supervisor/" + detail::host_name()},
          subject_{"urn:cellos:cell:" + spec.id} {}

    void started(const CellHandle& cell) {
        emit(
            CellStarted{
                .cell_id = spec_.id,
                .spec_id = spec_.id,
                .kernel_digest_sha256 = cell.kernel_digest_sha256,
                .rootfs_digest_sha256 = cell.rootfs_digest_sha256,
                .firecracker_digest_sha256 = cell.firecracker_digest_sha256,
                .correlation = spec_.correlation},
            Phase::Started
        );
        ending_ = last_;
    }

    void destroyed() {
        emit(
            ComplianceSummary{
                .cell_id = spec_.id,
                .ttl_seconds = spec_.lifetime.ttl_seconds,
                .egress_rule_count = static_cast<std::int64_t>(spec_.authority.egress_rules.size()),
                .executed_on = report_.executed_on,
                .peers_tracked_after =
                    static_cast<std::int64_t>(report_.teardown.peers_tracked_after)},
            Phase::Destroyed
        );
        emit(
            CellDestroyed{
                .cell_id = spec_.id,
                .outcome = report_.outcome,
                .terminal_state =
                    report_.teardown.destroyed ? TerminalState::Clean : TerminalState::Forced},
            Phase::Destroyed
        );
    }

private:
    template <class Data>
    void emit(Data data, Phase phase) {
        CloudEvent event{
            .id = *ids_.source.next(),
            .source = source_,
            .type = std::string{Data::type},
            .subject = subject_,
            .time = std::chrono::system_clock::now(),
            .data = std::move(data),
            .provenance = ending_};
        event.extensions.emplace(cell_run_attribute, *ids_.run_id);
        event.extensions.emplace(cell_sequence_attribute, std::to_string(++sequence_));
        if (auto emitted = sink_->emit(event); !emitted) {
            CellosError error = std::move(emitted).error();
            error.message =
                "event sink, phase " + std::string{to_string(phase)} + ": " + error.message;
            report_.port_errors.push_back(std::move(error));
        }
        last_ = Provenance{event.id, event.type};
    }

    Sink* sink_;
    const ExecutionCellSpec& spec_;
    CellReport& report_;
    detail::RunIds& ids_;
    std::string source_, subject_;
    std::uint64_t sequence_ = 0;
    std::optional<Provenance> ending_{}, last_{};
};

/// What `Supervisor::run` does with a document without a workload, for at most one port of each
/// kind. Over StubCellBackend and the ports above it is the version written by hand; over the
/// abstract classes, its twin with virtual dispatch.
template <class Backend, class Sink, class Broker, class Tracer>
Result<CellReport> run_by_hand(
    Backend& backend,
    Sink* sink,
    Broker* broker,
    Tracer* tracer,
    const ExecutionCellDocument& document,
    RunOptions options = {}
) {
    using Clock = std::chrono::steady_clock;
    const ExecutionCellSpec& spec = document.spec;
    Result<CellReport> result;
    CellReport& report = *result;
    report.cell_id = spec.id;
    report.phases.reserve(9);

    constexpr bool named = some<Sink> || some<Broker> || some<Tracer>;
    [[maybe_unused]] std::conditional_t<named, detail::RunIds, None> ids{};
    Clock::time_point boundary = Clock::now();
    const auto begin = [&](Phase phase) {
        if constexpr (some<Tracer>) {
            return tracer->begin(
                to_string(phase), CellRef{.cell_id = spec.id, .run_id = *ids.run_id}
            );
        } else {
            return None{};
        }
    };
    const auto end = [&](Phase phase) {
        const auto now = Clock::now();
        report.phases.push_back({phase, now - boundary});
        boundary = now;
    };
    std::conditional_t<some<Sink>, std::optional<HandWrittenEvents<Sink>>, None> events;
    if constexpr (some<Sink>) events.emplace(sink, spec, report, ids);

    {
        [[maybe_unused]] const auto span = begin(Phase::Admit);
        if (auto valid = validate(document); !valid) return failure_of(valid);
        if (options.stop.stop_requested())
            return failure(CellosError::Kind::Cancelled, "stopped before it was created");
    }
    end(Phase::Admit);

    const auto ttl_end = boundary + std::chrono::seconds{spec.lifetime.ttl_seconds};
    auto created = [&] {
        [[maybe_unused]] const auto span = begin(Phase::Create);
        auto handle = backend.create(document);
        if constexpr (named)
            if (handle) handle->run_id = *ids.run_id;
        return handle;
    }();
    end(Phase::Create);
    if (!created) return failure_of(created);

    const bool interrupted = options.stop.stop_requested() || boundary >= ttl_end;
    if constexpr (some<Sink>) {
        if (!interrupted) {
            [[maybe_unused]] const auto span = begin(Phase::Started);
            events->started(*created);
        }
        end(Phase::Started);
    }
    {
        [[maybe_unused]] const auto span = begin(Phase::Destroy);
        if (auto torn_down = backend.destroy(*created)) {
            report.teardown = *std::move(torn_down);
        } else {
            report.teardown_error = std::move(torn_down).error();
        }
    }
    end(Phase::Destroy);
    if constexpr (some<Broker>) {
        {
            [[maybe_unused]] const auto span = begin(Phase::Revoke);
            if (auto revoked = broker->revoke_for_cell(created->cell_id); !revoked)
                report.port_errors.push_back(std::move(revoked).error());
        }
        end(Phase::Revoke);
    }
    report.outcome =
        !interrupted && report.teardown.destroyed ? Outcome::Succeeded : Outcome::Failed;
    report.caveats = std::move(created->caveats);
    if constexpr (some<Sink>) {
        {
            [[maybe_unused]] const auto span = begin(Phase::Destroyed);
            events->destroyed();
        }
        end(Phase::Destroyed);
    }
    return result;
}

// --- All of them
// ----------------------------------------------------------------------------------

/// The ways to lead a life: `run<ports>(document)` for 0, 1 (a sink) or 3 ports (and a broker and a
/// tracer).
class ByTemplate {
public:
    template <int ports>
    Result<CellReport> run(const ExecutionCellDocument& document) {
        if constexpr (ports == 0) {
            return alone_.run(document);
        } else if constexpr (ports == 1) {
            return with_sink_.run(document);
        } else {
            return with_all_.run(document);
        }
    }

private:
    Supervisor<StubCellBackend> alone_{};
    Supervisor<StubCellBackend, Sink> with_sink_{};
    Supervisor<StubCellBackend, Sink, Broker, Tracer> with_all_{};
};

class ByHand {
public:
    template <int ports>
    Result<CellReport> run(const ExecutionCellDocument& document) {
        None none;
        if constexpr (ports == 0) {
            return run_by_hand(backend_, &none, &none, &none, document);
        } else if constexpr (ports == 1) {
            return run_by_hand(backend_, &sink_, &none, &none, document);
        } else {
            return run_by_hand(backend_, &sink_, &broker_, &tracer_, document);
        }
    }

private:
    StubCellBackend backend_{};
    Sink sink_{};
    Broker broker_{};
    Tracer tracer_{};
};

class ByVirtualDispatch {
public:
    template <int ports>
    Result<CellReport> run(const ExecutionCellDocument& document) {
        None none;
        if constexpr (ports == 0) {
            return run_by_hand(*backend_, &none, &none, &none, document);
        } else if constexpr (ports == 1) {
            return run_by_hand(*backend_, sink_.get(), &none, &none, document);
        } else {
            return run_by_hand(*backend_, sink_.get(), broker_.get(), tracer_.get(), document);
        }
    }

private:
    std::unique_ptr<AnyBackend> backend_ = std::make_unique<VirtualStub>();
    std::unique_ptr<AnySink> sink_ = std::make_unique<VirtualSink>();
    std::unique_ptr<AnyBroker> broker_ = std::make_unique<VirtualBroker>();
    std::unique_ptr<AnyTracer> tracer_ = std::make_unique<VirtualTracer>();
};

} // namespace pipeline
