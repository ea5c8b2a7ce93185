#pragma once

#include <cellos/core/artifact_access.hpp>
#include <cellos/core/environment.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/supervisor/admission.hpp>
#include <cellos/supervisor/in_place.hpp>
#include <cellos/supervisor/journal.hpp>
#include <cellos/supervisor/phase_clock.hpp>
#include <cellos/supervisor/spans.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI::detail {

/// What the steps of a cell's life stand for: it does the work of each phase and remembers how that
/// went. In which order it happens is none of its business, see <cellos/supervisor/cell.hpp>. For
/// ports that are not there no code exists.
///
/// No step throws. What backends and ports throw is contained at the call; anything else can only
/// be a lack of memory, and must not keep a cell from being destroyed either.
template <class Backend, class... Ports>
class Life {
public:
    using Parts = std::tuple<Backend, Ports...>;

    Life(
        Parts& parts, const ExecutionCellDocument& document, RunOptions& options, CellReport& report
    )
        : parts_{parts},
          document_{document},
          spec_{document.spec},
          options_{options},
          report_{report},
          journal_{parts, document.spec.id, report.port_errors},
          clock_{report.phases} {
        report_.cell_id = spec_.id;
    }
    Life(const Life&) = delete;
    Life& operator=(const Life&) = delete;

    [[nodiscard]] bool has_run() const noexcept { return spec_.run.has_value(); }
    /// False after a failure: then nothing is known of the artifacts.
    [[nodiscard]] bool has_exports() const noexcept { return spec_.export_ && !error_; }

    [[nodiscard]] bool admit() {
        return in<Phase::Admit>([&] {
            auto admitted = detail::admit<Backend, Ports...>(document_, options_);
            return admitted ? true : fail(std::move(admitted).error());
        });
    }

    [[nodiscard]] bool create() {
        ttl_end_ = clock_.boundary() + std::chrono::seconds{spec_.lifetime.ttl_seconds};
        return in<Phase::Create>([&] {
            // Made where it stays: from here to destroy nothing may throw.
            auto& created = created_.make([&] {
                return contained(CellosError::Kind::Host, "create", [&] {
                    return backend().create(document_);
                });
            });
            return created ? true : fail(std::move(created).error());
        });
    }

    [[nodiscard]] bool secrets() {
        if (interrupted()) return false;
        if constexpr (has_role<BrokerRole, Ports...>) {
            const auto& references = spec_.authority.secret_refs;
            if (references.empty()) return true;
            return in<Phase::Secrets>([&] {
                secrets_.reserve(references.size());
                return std::ranges::all_of(references, [&](const std::string& reference) {
                    return !interrupted() && deliver(reference);
                });
            });
        } else {
            return true;
        }
    }

    void started() {
        if constexpr (recording) in<Phase::Started>([&] { journal_.started(cell(), spec_); });
    }

    /// Whether the cell has to end before its workload could start.
    [[nodiscard]] bool interrupted() noexcept {
        if (options_.stop.stop_requested()) {
            interruption_ = ExitStatus::Kind::Cancelled;
        } else if (clock_.boundary() >= ttl_end_) {
            interruption_ = ExitStatus::Kind::TimedOut;
        }
        if (interruption_ && has_run()) report_.exit = ExitStatus::forced(*interruption_);
        return interruption_.has_value();
    }

    void run() {
        if constexpr (where != ExecutedOn::Nowhere) {
            in<Phase::Run>([&] {
                if constexpr (recording) journal_.spawned(*spec_.run, where);
                CapturedOutput captured;
                auto end = execute(captured);
                if (end) {
                    report_.exit = *end;
                    report_.executed_on = where;
                    report_.stdout_text = std::move(captured.stdout_text);
                    report_.stderr_text = std::move(captured.stderr_text);
                    report_.output_truncated = captured.truncated;
                }
                if constexpr (recording) journal_.completed(end);
                if (!end) fail(std::move(end).error());
            });
        }
    }

    void export_() {
        if constexpr (has_role<ExportRole, Ports...> && ArtifactAccess<Backend>) {
            in<Phase::Export>([&] {
                for (const ExportArtifact& artifact : spec_.export_->artifacts)
                    for_each_port<ExportRole>(parts_, [&](auto& sink, std::size_t number) {
                        export_one(artifact, sink, number);
                    });
            });
        }
    }

    void destroy() {
        in<Phase::Destroy>([&] {
            if constexpr (has_role<BrokerRole, Ports...>) secrets_.clear();
            auto torn_down = contained(CellosError::Kind::Host, "destroy", [&] {
                return backend().destroy(cell());
            });
            if (!torn_down) {
                report_.teardown.cell_id = spec_.id;
                report_.teardown_error = std::move(torn_down).error();
                return;
            }
            report_.teardown = *std::move(torn_down);
            if (!report_.teardown.destroyed)
                report_.teardown_error.emplace(
                    CellosError::Kind::TeardownIncomplete,
                    "the backend could not see that the cell is gone"
                );
        });
    }

    void revoke() {
        if constexpr (has_role<BrokerRole, Ports...>) {
            in<Phase::Revoke>([&] {
                for_each_port<BrokerRole>(parts_, [&]<class P>(P& broker, std::size_t number) {
                    const auto outcome = contained(BrokerRole::kind, "revoke_for_cell", [&] {
                        return broker.revoke_for_cell(cell().cell_id);
                    });
                    if (!outcome)
                        report_.port_errors.push_back(
                            port_error<BrokerRole, P>(number, Phase::Revoke, outcome.error())
                        );
                    if constexpr (recording) journal_.revoked(spec_.authority.secret_refs, outcome);
                });
            });
        }
    }

    void destroyed() {
        const bool workload_succeeded =
            has_run() ? report_.exit && report_.exit->succeeded() : !interruption_;
        const bool succeeded =
            workload_succeeded && !error_ && !export_failed_ && report_.teardown.destroyed;
        report_.outcome = succeeded ? Outcome::Succeeded : Outcome::Failed;
        report_.caveats = std::move((**created_).caveats);
        if constexpr (recording) {
            in<Phase::Destroyed>([&] {
                journal_.destroyed(spec_, report_, terminal_state(), !RunsOnHost<Backend>);
            });
        }
    }

    /// Whether there is an error to return, and no end of a workload to tell of instead.
    [[nodiscard]] bool failed() const noexcept { return error_ && !report_.exit; }

    /// The error to return. What else went wrong follows on lines of its own, so that nothing is
    /// lost with the report.
    [[nodiscard]] CellosError error() && {
        const auto append = [&](const CellosError& error) {
            error_->message += '\n';
            error_->message += error.what();
        };
        if (report_.teardown_error) append(*report_.teardown_error);
        std::ranges::for_each(report_.port_errors, append);
        return *std::move(error_);
    }

private:
    static constexpr ExecutedOn where = executes_on<Backend>;
    static constexpr bool recording = has_role<SinkRole, Ports...>;

    struct NoJournal {
        NoJournal(const Parts&, std::string_view, const std::vector<CellosError>&) noexcept {}
    };

    [[nodiscard]] auto& backend() noexcept { return std::get<0>(parts_); }
    [[nodiscard]] const CellHandle& cell() noexcept { return **created_; }

    /// Does the work of a phase, timed and traced.
    template <Phase P, class Work>
    auto in(Work work) noexcept -> decltype(work()) {
        struct Timing {
            PhaseClock& clock;
            ~Timing() { clock.end(P); }
        } const timing{clock_};
        try {
            if constexpr (has_role<TracerRole, Ports...>) {
                return with_spans(parts_, P, spec_.id, report_.port_errors, work);
            } else {
                return work();
            }
        } catch (...) {
            // Short enough to need no memory of its own.
            return static_cast<decltype(work())>(fail({CellosError::Kind::Host, "out of memory"}));
        }
    }

    /// The first failure is the one that is reported; always false.
    bool fail(CellosError error) noexcept {
        if (!error_) error_ = std::move(error);
        return false;
    }

    [[nodiscard]] bool deliver(const std::string& reference) {
        bool delivered = false;
        for_each_port<BrokerRole>(parts_, [&]<class P>(P& broker, std::size_t number) {
            auto secret = contained(BrokerRole::kind, "resolve", [&] {
                return broker.resolve(reference, cell());
            });
            if (secret) {
                secrets_.push_back({reference, *std::move(secret)});
                if constexpr (recording) journal_.materialized(reference);
                delivered = true;
            } else {
                auto error = port_error<BrokerRole, P>(number, Phase::Secrets, secret.error());
                error.message += " (secret " + reference + ')';
                if constexpr (recording) journal_.delivery_failed(reference, error);
                fail(std::move(error));
            }
        });
        return delivered;
    }

    /// The context and with it the secrets are gone when this returns.
    [[nodiscard]] Result<ExitStatus> execute(CapturedOutput& captured) {
        RunContext context{
            .document = document_,
            .environment = cell_environment(spec_),
            .secrets = std::move(secrets_),
            .stdio = std::move(options_.stdio),
            .inputs = std::move(options_.inputs),
            .stop = options_.stop,
            .deadline = ttl_end_,
            .captured = &captured,
            .boot = &report_.boot,
        };
        if (const auto& timeout = spec_.run->timeout_ms)
            context.deadline =
                std::min(ttl_end_, clock_.boundary() + std::chrono::milliseconds{*timeout});
        auto end = contained(CellosError::Kind::Host, "execute", [&]() -> Result<ExitStatus> {
            if constexpr (where == ExecutedOn::Cell) {
                return backend().execute(cell(), context);
            } else {
                return run_cell_command(cell(), context);
            }
        });
        // What a backend quotes of its tools' texts may hold the environment.
        if (!end) {
            for (const ResolvedSecret& secret : context.secrets)
                redact(end.error().message, secret.value);
        }
        return end;
    }

    template <class P>
    void export_one(const ExportArtifact& artifact, P& sink, std::size_t number) {
        auto receipt = contained(ExportRole::kind, "the export", [&]() -> Result<ExportReceipt> {
            if (options_.stop.stop_requested())
                return failure(CellosError::Kind::Cancelled, "stopped before it was exported");
            auto reader = backend().open_artifact(cell(), artifact);
            if (!reader) return failure_of(reader);
            if (*reader == nullptr)
                return failure(ExportRole::kind, "open_artifact returned no reader");
            const ExportArtifactMetadata metadata{
                .cell_id = cell().cell_id,
                .name = artifact.name,
                .path = artifact.path,
                .size_bytes = (*reader)->size_bytes(),
            };
            return sink.export_artifact(metadata, **reader);
        });
        if (!receipt) {
            export_failed_ = true;
            auto error = port_error<ExportRole, P>(number, Phase::Export, receipt.error());
            error.message += " (artifact " + artifact.name + ')';
            report_.port_errors.push_back(std::move(error));
        }
        if constexpr (recording) journal_.exported(artifact.name, port_name<P>(), receipt);
    }

    [[nodiscard]] TerminalState terminal_state() const noexcept {
        const bool ended_by_itself = !report_.exit ||
                                     report_.exit->kind == ExitStatus::Kind::Exited ||
                                     report_.exit->kind == ExitStatus::Kind::Signaled;
        return ended_by_itself && !interruption_ && !error_ && report_.teardown.destroyed
                   ? TerminalState::Clean
                   : TerminalState::Forced;
    }

    Parts& parts_;
    const ExecutionCellDocument& document_;
    const ExecutionCellSpec& spec_;
    RunOptions& options_;
    CellReport& report_;
    [[no_unique_address]] std::conditional_t<recording, Journal<Parts>, NoJournal> journal_;
    PhaseClock clock_;
    PhaseClock::Clock::time_point ttl_end_{};
    InPlace<Result<CellHandle>> created_;
    std::vector<ResolvedSecret> secrets_{};
    std::optional<CellosError> error_{};
    std::optional<ExitStatus::Kind> interruption_{}; // set: the workload never started
    bool export_failed_ = false;
};

} // namespace cellos::inline CELLOS_ABI::detail
