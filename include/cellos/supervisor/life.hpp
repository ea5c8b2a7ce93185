#pragma once

#include <cellos/core/artifact.hpp>
#include <cellos/core/artifact_access.hpp>
#include <cellos/core/cell_ref.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/supervisor/admission.hpp>
#include <cellos/supervisor/journal.hpp>
#include <cellos/supervisor/policy.hpp>
#include <cellos/supervisor/run_ids.hpp>
#include <cellos/supervisor/run_state.hpp>
#include <cellos/supervisor/spans.hpp>
#include <cellos/supervisor/timely_reader.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace cellos::inline CELLOS_ABI::detail {

/// Does the work of the steps of a cell's life: it calls the backend and the ports for each phase
/// and records the results. The order of the steps is decided elsewhere, see
/// <cellos/supervisor/cell.hpp>. Absent ports cost no code.
///
/// No step throws. Exceptions of backends and ports are caught at the call; any other exception can
/// only be a lack of memory, which must not keep a cell from being destroyed either.
template <class Backend, class... Ports>
class Life {
public:
    using Parts = std::tuple<Backend, Ports...>;

    Life(
        Parts& parts, const ExecutionCellDocument& document, RunOptions& options, CellReport& report
    )
        : parts_{parts}, journal_{document.spec, ids_}, state_{document, options, report} {}
    Life(const Life&) = delete;
    Life& operator=(const Life&) = delete;

    [[nodiscard]] bool has_run() const noexcept { return state_.has_run(); }
    [[nodiscard]] bool has_exports() const noexcept { return state_.has_exports(); }
    [[nodiscard]] bool interrupted() noexcept { return state_.interrupted(); }
    /// Call it after the last step: turns `result` into an error if there is one to return, see
    /// RunState.
    void finish(Result<CellReport>& result) { state_.finish(result); }

    [[nodiscard]] bool admit() {
        return in(Phase::Admit, [&] {
            auto admitted =
                detail::admit(capabilities<Backend, Ports...>, state_.document, state_.options);
            if (!admitted) return state_.fail(std::move(admitted).error());
            return admitted_by_policy();
        });
    }

    [[nodiscard]] bool create() {
        state_.start_ttl();
        return in(Phase::Create, [&] {
            [[maybe_unused]] auto name = copied_name();
            // Constructed in place: from here to destroy nothing may throw.
            auto& created = state_.created.make([&] {
                return contained(CellosError::Kind::Host, "create", [&] {
                    return backend().create(state_.document);
                });
            });
            if (!created) {
                if constexpr (recording)
                    if (journal_.has_begun())
                        emit(Phase::Create, journal_.refused(created.error()));
                return state_.fail(std::move(created).error());
            }
            if constexpr (named) created->run_id = std::move(name);
            return true;
        });
    }

    [[nodiscard]] bool secrets() {
        if (interrupted()) return false;
        if constexpr (has_role<BrokerRole, Ports...>) {
            const auto& references = state_.spec.authority.secret_refs;
            if (references.empty()) return true;
            return in(Phase::Secrets, [&] {
                state_.secrets.reserve(references.size());
                for (const std::string& reference : references)
                    if (interrupted() || !deliver(reference)) return false;
                return true;
            });
        } else {
            return true;
        }
    }

    void started() {
        if constexpr (recording)
            in(Phase::Started, [&] { emit(Phase::Started, journal_.started(state_.cell())); });
    }

    void run() {
        if constexpr (where != ExecutedOn::Nowhere) {
            in(Phase::Run, [&] {
                if constexpr (recording) emit(Phase::Run, journal_.spawned(where));
                RunReport report;
                auto end = execute(report);
                state_.ended(end, where, report);
                if constexpr (recording) emit(Phase::Run, journal_.completed(end, report.usage));
            });
        }
    }

    void export_() {
        if constexpr (has_role<ExportRole, Ports...> && ArtifactAccess<Backend>) {
            in(Phase::Export, [&] {
                for (const ExportArtifact& artifact : state_.spec.export_->artifacts)
                    for_each_port<ExportRole>(parts_, [&](auto& sink, std::size_t number) {
                        export_one(artifact, sink, number);
                    });
            });
        }
    }

    void destroy() {
        in(Phase::Destroy, [&] {
            state_.secrets.clear();
            state_.torn_down(contained(CellosError::Kind::Host, "destroy", [&] {
                return backend().destroy(state_.cell());
            }));
        });
    }

    void revoke() {
        if constexpr (has_role<BrokerRole, Ports...>) {
            in(Phase::Revoke, [&] {
                for_each_port<BrokerRole>(parts_, [&]<class P>(P& broker, std::size_t number) {
                    const auto outcome = contained(BrokerRole::kind, "revoke_for_cell", [&] {
                        return broker.revoke_for_cell(state_.cell().cell_id);
                    });
                    if (!outcome)
                        state_.report.port_errors.push_back(port_error(
                            port_label<BrokerRole, P>(number), Phase::Revoke, outcome.error()
                        ));
                    if constexpr (recording) {
                        for (std::size_t i = 0; i < journal_.materialized_count(); ++i)
                            emit(Phase::Revoke, journal_.revoked(i, outcome));
                    }
                });
            });
        }
    }

    void destroyed() {
        state_.conclude();
        if constexpr (recording) {
            in(Phase::Destroyed, [&] {
                constexpr bool isolated = !RunsOnHost<Backend>;
                emit(Phase::Destroyed, journal_.summary(state_.report, isolated));
                emit(
                    Phase::Destroyed,
                    journal_.destroyed(state_.report.outcome, state_.terminal_state())
                );
            });
        }
    }

protected:
    static constexpr ExecutedOn where = executes_on<Backend>;
    static constexpr bool recording = has_role<SinkRole, Ports...>;

    /// Whether any port gets to know the id of the life.
    static constexpr bool named =
        recording || has_role<BrokerRole, Ports...> || has_role<TracerRole, Ports...>;

private:
    struct NoIds {};
    struct NoJournal {
        NoJournal(const ExecutionCellSpec&, const auto&) noexcept {}
    };

    /// For the handle; empty if no port would see it.
    [[nodiscard]] std::optional<std::string> copied_name() const {
        if constexpr (named)
            if (ids_.run_id) return *ids_.run_id;
        return {};
    }

protected:
    [[nodiscard]] auto& backend() noexcept { return std::get<0>(parts_); }

    /// Does the work of a phase, and times and traces it.
    template <class Work>
    auto in(Phase phase, Work work) noexcept -> decltype(work()) {
        struct Timing {
            PhaseClock& clock;
            Phase phase;
            ~Timing() { clock.end(phase); }
        } const timing{state_.clock, phase};
        try {
            if constexpr (has_role<TracerRole, Ports...>) {
                const CellRef cell{.cell_id = state_.spec.id, .run_id = ids_.name()};
                return with_spans(parts_, phase, cell, state_.report.port_errors, work);
            } else {
                return work();
            }
        } catch (...) {
            // Short enough to need no allocation.
            return static_cast<decltype(work())>(
                state_.fail({CellosError::Kind::Host, "out of memory"})
            );
        }
    }

    /// What the policy says of a document. Without a policy, whoever wrote the document must not
    /// have counted on one.
    [[nodiscard]] std::optional<PolicyDecision> decide(const ExecutionCellDocument& document) {
        std::optional<PolicyDecision> decision;
        if constexpr (has_role<PolicyRole, Ports...>) {
            for_each_port<PolicyRole>(parts_, [&]<class P>(P& policy, std::size_t number) {
                decision = decision_on(
                    document.spec,
                    contained(PolicyRole::kind, "decide", [&] { return policy.decide(document); }),
                    port_label<PolicyRole, P>(number)
                );
            });
        } else if (document.spec.policy) {
            decision = decision_without_policy(*document.spec.policy);
        }
        return decision;
    }

    /// Whether the policy admits the document, which is told in an event.
    [[nodiscard]] bool admitted_by_policy() {
        const auto decision = decide(state_.document);
        if (!decision) return true;
        if constexpr (recording) emit(Phase::Admit, journal_.decided(*decision));
        return decision->admits() || state_.fail(refusal(*decision));
    }

    /// Emits the event that `make` builds, between two phases. Nothing is thrown.
    template <class Make>
    void emit_in(Phase phase, Make make) noexcept {
        try {
            emit(phase, make());
        } catch (...) {
            state_.fail({CellosError::Kind::Host, "out of memory"});
        }
    }

    /// Passes the event to every sink. A failing sink is reported and changes nothing else, and so
    /// is an event that could not be built.
    void emit(Phase phase, const Result<CloudEvent>& event) {
        auto& errors = state_.report.port_errors;
        if (!event) {
            errors.push_back(event.error());
            return;
        }
        for_each_port<SinkRole>(parts_, [&]<class P>(P& sink, std::size_t number) {
            const auto emitted = contained(SinkRole::kind, "it", [&]() -> Result<void> {
                return sink.emit(*event);
            });
            if (!emitted)
                errors.push_back(port_error(port_label<SinkRole, P>(number), phase, emitted.error())
                );
        });
    }

    [[nodiscard]] bool deliver(const std::string& reference) {
        bool delivered = false;
        for_each_port<BrokerRole>(parts_, [&]<class P>(P& broker, std::size_t number) {
            auto secret = contained(BrokerRole::kind, "resolve", [&] {
                return broker.resolve(reference, state_.cell());
            });
            if (secret) {
                state_.secrets.push_back({reference, *std::move(secret)});
                if constexpr (recording) emit(Phase::Secrets, journal_.materialized(reference));
                delivered = true;
            } else {
                auto error =
                    port_error(port_label<BrokerRole, P>(number), Phase::Secrets, secret.error());
                error.message += " (secret " + reference + ')';
                if constexpr (recording)
                    emit(Phase::Secrets, journal_.delivery_failed(reference, error));
                state_.fail(std::move(error));
            }
        });
        return delivered;
    }

    /// The context, with the secrets, has been destroyed when this returns.
    [[nodiscard]] Result<ExitStatus> execute(RunReport& report) {
        const RunContext context = state_.make_context(report);
        auto end = contained(CellosError::Kind::Host, "execute", [&]() -> Result<ExitStatus> {
            if constexpr (where == ExecutedOn::Cell) {
                return backend().execute(state_.cell(), context);
            } else {
                return run_cell_command(state_.cell(), context);
            }
        });
        if (!end) redact_secrets(end.error(), context.secrets);
        return end;
    }

    template <class P>
    void export_one(const ExportArtifact& artifact, P& sink, std::size_t number) {
        const CellHandle& cell = state_.cell();
        auto receipt = contained(ExportRole::kind, "the export", [&]() -> Result<ExportReceipt> {
            if (auto may = state_.may_export(); !may) return failure_of(may);
            auto reader = backend().open_artifact(cell, artifact);
            if (!reader) return failure_of(reader);
            if (*reader == nullptr)
                return failure(ExportRole::kind, "open_artifact returned no reader");
            const ExportArtifactMetadata metadata{
                .cell_id = cell.cell_id,
                .name = artifact.name,
                .path = artifact.path,
                .size_bytes = (*reader)->size_bytes(),
            };
            TimelyReader timely{**reader, state_};
            return sink.export_artifact(metadata, timely);
        });
        if (!receipt) {
            state_.export_failed = true;
            auto error =
                port_error(port_label<ExportRole, P>(number), Phase::Export, receipt.error());
            error.message += " (artifact " + artifact.name + ')';
            state_.report.port_errors.push_back(std::move(error));
        }
        if constexpr (recording)
            emit(Phase::Export, journal_.exported(artifact.name, port_name_of<P>, receipt));
    }

protected:
    Parts& parts_;
    [[no_unique_address]] std::conditional_t<named, RunIds, NoIds> ids_{};
    [[no_unique_address]] std::conditional_t<recording, Journal, NoJournal> journal_;
    RunState state_;
};

} // namespace cellos::inline CELLOS_ABI::detail
