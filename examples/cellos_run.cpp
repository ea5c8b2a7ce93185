// cellos-run: the library as a program. Reads a document, chooses a backend by name, runs the cell
// with this program's own standard streams, and ends with the workload's exit code.
#include <cellos/broker/environment.hpp>
#include <cellos/cellos.hpp>
#ifdef CELLOS_HAS_OPENSSL
#include <cellos/export/openssl_sha256.hpp>
#endif

#include "cellos_run/exit_code.hpp"
#include "cellos_run/options.hpp"
#include "cellos_run/termination.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>

namespace cellos_run {

namespace {

/// One line on stderr for each line of the message.
void complain(std::string_view message) {
    while (!message.empty()) {
        const auto line = message.substr(0, message.find('\n'));
        message.remove_prefix(std::min(message.size(), line.size() + 1));
        std::cerr << "cellos-run: " << line << '\n';
    }
}

cellos::Result<std::string> read_document(const std::string& source) {
    // parse_document refuses what is longer than its bound; there is no need to read on.
    constexpr std::size_t enough = (std::size_t{1} << 20) + 1;
    if (source == "-") return cellos::os::read_all(STDIN_FILENO, enough);
    return cellos::os::read_file(AT_FDCWD, source.c_str(), enough);
}

template <class Backend>
Backend make_backend(const Options& options) {
    if constexpr (std::same_as<Backend, cellos::GVisorCellBackend>) {
        cellos::GVisorConfig config{
            .runsc = options.runsc, .platform = options.platform, .mounts = options.mounts};
        if (!options.rootfs.empty())
            config.rootfs = cellos::DirectoryRootfs{std::filesystem::absolute(options.rootfs)};
#ifdef CELLOS_HAS_OPENSSL
        config.sha256 = cellos::openssl_sha256();
#endif
        return Backend{std::move(config)};
    } else {
        complain("the stub backend isolates nothing: the command runs on this host, as this user");
        return Backend{};
    }
}

/// Says what a person at the terminal would otherwise wonder about.
void explain(const cellos::CellReport& report) {
    if (report.exit && report.exit->kind != cellos::ExitStatus::Kind::Exited &&
        report.exit->kind != cellos::ExitStatus::Kind::Signaled) {
        complain("the command was ended: " + std::string{to_string(report.exit->kind)});
    }
    for (const auto& error : report.port_errors) complain(error.what());
    if (report.teardown_error) complain(report.teardown_error->what());
}

void write_report(const std::filesystem::path& path, const std::string& json) {
    std::ofstream file{path, std::ios::trunc};
    if (!(file << json << '\n' << std::flush))
        complain("cannot write the report to " + path.string());
}

int finish(const Options& options, const cellos::Result<cellos::CellReport>& report) {
    if (!report) {
        complain(report.error().what());
        if (options.report) write_report(*options.report, "{\"error\":" + cellos::to_json(report.error()) + "}");
        return exit_code::of(report.error().kind);
    }
    explain(*report);
    if (options.report) write_report(*options.report, cellos::to_json(*report));
    return exit_code::of(*report);
}

int run(const Options& options) {
    const TerminationSignals signals;
    const auto text = read_document(options.document);
    if (!text) return finish(options, cellos::failure(text.error()));
    const auto document = cellos::parse_document(*text);
    if (!document) return finish(options, cellos::failure(document.error()));

    const auto run_in = [&](auto supervisor) {
        return supervisor.run(
            *document,
            {.stop = signals.token(), .stdio = cellos::Inherit{}, .inputs = options.inputs}
        );
    };
    const auto report = cellos::select_backend<cellos::GVisorCellBackend, cellos::StubCellBackend>(
        options.backend,
        [&]<class Backend>(std::type_identity<Backend>) -> cellos::Result<cellos::CellReport> {
            if (!options.events)
                return run_in(cellos::Supervisor{
                    make_backend<Backend>(options), cellos::EnvSecretBroker{}});
            return run_in(cellos::Supervisor{
                make_backend<Backend>(options),
                cellos::EnvSecretBroker{},
                cellos::JsonLinesEventSink{*options.events}});
        }
    );
    return finish(options, report);
}

} // namespace

} // namespace cellos_run

int main(int argc, char** argv) {
    auto parsed = cellos_run::parse_command_line(argc, argv);
    if (const int* code = std::get_if<int>(&parsed)) return *code;
    return cellos_run::run(std::get<cellos_run::Options>(parsed));
}
