// cellos-run: the library as a program. Reads a document, chooses a backend by name, runs the cell
// with this program's own standard streams, and ends with the workload's exit code.
#include <cellos/cellos.hpp>
#include <cellos/policy/parse_pack.hpp>
#include <cellos/redaction/redacting.hpp>
#ifdef CELLOS_HAS_OPENSSL
#include <cellos/openssl/sha256.hpp>
#endif

#include "cellos_run/complain.hpp"
#include "cellos_run/doctor.hpp"
#include "cellos_run/event_output.hpp"
#include "cellos_run/exit_code.hpp"
#include "cellos_run/options.hpp"
#include "cellos_run/read_text.hpp"
#include "cellos_run/secrets.hpp"
#include "cellos_run/termination.hpp"
#include "cellos_run/tracers.hpp"
#include "cellos_run/usage_line.hpp"
#include "cellos_run/verify.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

namespace cellos_run {

namespace {

// What is longer than that is refused by the parsers; there is no need to read on.
constexpr std::size_t enough = (std::size_t{1} << 20) + 1;

cellos::Result<cellos::ExecutionCellDocument> parse(const std::string& source) {
    const auto text = read_text(source, enough);
    if (!text) return failure_of(text);
    return cellos::parse_document(*text);
}

cellos::Result<std::optional<cellos::PolicyPack>> read_policy(const Options& options) {
    if (!options.policy) return std::nullopt;
    const auto text = read_text(options.policy->native(), enough);
    if (!text) return failure_of(text);
    auto pack = cellos::parse_policy_pack(*text);
    if (pack) return *std::move(pack);
    std::string message;
    std::istringstream lines{pack.error().message};
    for (std::string line; std::getline(lines, line);)
        message.append(message.empty() ? "" : "\n").append(options.policy->native() + ": " + line);
    return cellos::failure(cellos::CellosError::Kind::InvalidSpec, std::move(message));
}

template <class Backend>
Backend make_backend(const Options& options, Tracers& tracers) {
    if constexpr (std::same_as<Backend, cellos::GVisorCellBackend>) {
        cellos::GVisorConfig config{
            .runsc = options.runsc, .platform = options.platform, .mounts = options.mounts};
        config.ceilings = options.ceilings;
        if (!options.rootfs.empty())
            config.rootfs = cellos::DirectoryRootfs{std::filesystem::absolute(options.rootfs)};
#ifdef CELLOS_HAS_OPENSSL
        config.sha256 = cellos::openssl_sha256();
#endif
        if (tracers.any()) config.spans = cellos::spans_of(tracers);
        return Backend{std::move(config)};
    } else {
        complain("the stub backend isolates nothing: the command runs on this host, as this user");
        return Backend{};
    }
}

/// Says what a person at the terminal would otherwise wonder about.
void explain(const Options& options, const cellos::CellReport& report) {
    if (report.exit && report.exit->kind != cellos::ExitStatus::Kind::Exited &&
        report.exit->kind != cellos::ExitStatus::Kind::Signaled) {
        complain("the command was ended: " + std::string{to_string(report.exit->kind)});
    }
    for (const auto& error : report.port_errors) complain(error.what());
    if (report.teardown_error) complain(report.teardown_error->what());
    if (const auto lost = exit_code::lost_events(report); lost > 0 && options.events)
        complain(
            "WARNING: " + options.events->string() + " is no evidence of this run: it lacks " +
            std::to_string(lost) + (lost == 1 ? " event" : " events")
        );
}

[[nodiscard]] bool write_report(const std::filesystem::path& path, const std::string& json) {
    std::ofstream file{path, std::ios::trunc};
    const bool written = !(file << json << '\n' << std::flush).fail();
    if (!written) complain("cannot write the report to " + path.string());
    return written;
}

int finish(const Options& options, const cellos::Result<cellos::CellReport>& report) {
    if (!report) {
        complain(report.error().what());
        if (options.report)
            static_cast<void>(
                write_report(*options.report, "{\"error\":" + cellos::to_json(report.error()) + "}")
            );
        return exit_code::of(report.error().kind);
    }
    explain(options, *report);
    if (options.usage) complain(usage_line(report->usage));
    const int code = exit_code::of(*report);
    if (options.report && !write_report(*options.report, cellos::to_json(*report)) && code == 0)
        return exit_code::cellos_failed;
    return code;
}

/// The document, with what is to come out of its cell as well.
cellos::Result<cellos::ExecutionCellDocument> read_document(const Options& options) {
    auto document = parse(options.documents.front());
    if (!document) return document;
    auto& exported = document->spec.export_;
    if (exported && !exported->artifacts.empty() && !options.export_to)
        return cellos::failure(
            cellos::CellosError::Kind::ExportSink,
            "spec.export: the document takes files out of its cell: say where to, with --export-to"
        );
    if (options.exports.empty()) return document;
    if (!exported) exported.emplace();
    exported->artifacts.insert(
        exported->artifacts.end(), options.exports.begin(), options.exports.end()
    );
    return document;
}

cellos::LocalExportSink make_export_sink(const Options& options) {
    cellos::HasherFactory sha256;
#ifdef CELLOS_HAS_OPENSSL
    sha256 = cellos::openssl_sha256();
#endif
    // Without a place there is nothing to export.
    return cellos::LocalExportSink{options.export_to.value_or(""), std::move(sha256)};
}

int run(const Options& options) {
    // Each of these may wait for others, and a signal ends that at once.
    const auto document = read_document(options);
    if (!document) return finish(options, failure_of(document));
    const auto policy = read_policy(options);
    if (!policy) return finish(options, failure_of(policy));
    if (options.backend == cellos::StubCellBackend::name && options.ceilings != cellos::Ceilings{})
        return finish(
            options,
            cellos::failure(
                cellos::CellosError::Kind::Unsupported,
                "the stub backend holds nobody to --max-...: use --backend gvisor"
            )
        );
    const ListedSecrets broker{options};
    if (auto listed = broker.check(*document); !listed) return finish(options, failure_of(listed));
    const cellos::KnownSecrets secrets;
    auto events = EventOutput::open(options, secrets);
    if (!events) return finish(options, failure_of(events));
    auto tracers = Tracers::open(options);
    if (!tracers) return finish(options, failure_of(tracers));

    const auto report = cellos::select_backend<cellos::GVisorCellBackend, cellos::StubCellBackend>(
        options.backend,
        [&]<class Backend>(std::type_identity<Backend>) -> cellos::Result<cellos::CellReport> {
            const TerminationSignals signals; // until nothing is left of the cell
            const auto run_with = [&](auto... pack) {
                cellos::Supervisor supervisor{
                    make_backend<Backend>(options, *tracers),
                    cellos::Redacting{broker, secrets},
                    std::ref(*events),
                    std::ref(*tracers),
                    make_export_sink(options),
                    pack...};
                return supervisor.run(
                    *document,
                    {.stop = signals.token(),
                     .stdio = cellos::Inherit{},
                     .inputs = options.inputs,
                     .stop_now = signals.hurry_token()}
                );
            };
            return *policy ? run_with(**policy) : run_with();
        }
    );
    return finish(options, report);
}

int validate(const Options& options) {
    const auto policy = read_policy(options);
    if (!policy) return finish(options, failure_of(policy));
    int code = 0;
    for (const std::string& source : options.documents) {
        const auto document = parse(source);
        const auto decision = document && *policy ? (*policy)->decide(*document)
                                                  : cellos::Result<cellos::PolicyDecision>{};
        if (document && decision && decision->admits()) {
            std::cout << cellos::visible(source) << ": valid\n";
            continue;
        }
        code = exit_code::cellos_failed;
        if (!document) {
            complain(document.error().message, source);
        } else if (!decision) {
            complain(decision.error().message, source);
        } else {
            for (const std::string& violation : decision->violations) complain(violation, source);
        }
    }
    return code;
}

int recover() {
    const auto report = cellos::GVisorCellBackend{}.recover();
    if (!report) {
        complain(report.error().what());
        return exit_code::cellos_failed;
    }
    for (const std::string& cell : report->removed)
        std::cout << "removed " << cellos::visible(cell) << '\n';
    std::cout << "cells of dead programs removed: " << report->removed.size()
              << "; of living programs, left alone: " << report->live << '\n';
    for (const auto& error : report->errors) complain(error.what());
    return report->errors.empty() ? 0 : exit_code::cellos_failed;
}

int main(const Options& options) {
    switch (options.task) {
    case Task::Run: return run(options);
    case Task::Validate: return validate(options);
    case Task::Schema: std::cout << cellos::document_json_schema() << '\n'; return 0;
    case Task::Doctor: return doctor(options);
    case Task::VerifyEvents: return verify_events(options);
    case Task::Recover: return recover();
    }
    return exit_code::cellos_failed;
}

} // namespace

} // namespace cellos_run

int main(int argc, char** argv) {
    std::signal(SIGCHLD, SIG_DFL); // what the parent ignores tells this program of its children
    auto parsed = cellos_run::parse_command_line(argc, argv);
    if (const int* code = std::get_if<int>(&parsed)) return *code;
    return cellos_run::main(std::get<cellos_run::Options>(parsed));
}
