// What evidence costs: a cell's life on the stub without it, and with each kind of it. `lifecycle`
// runs nothing and shows the cost alone; `command` runs /bin/true on this host and shows it beside
// the cheapest workload there is. The files lie where the system keeps temporary files.
#include <cellos/broker/memory.hpp>
#include <cellos/host/stub.hpp>
#include <cellos/openssl/signed.hpp>
#include <cellos/os/state_directory.hpp>
#include <cellos/redaction/redacted.hpp>
#include <cellos/redaction/redacting.hpp>
#include <cellos/sink/json_lines.hpp>
#include <cellos/sink/memory.hpp>
#include <cellos/supervisor.hpp>
#include <cellos/trace/chrome.hpp>

#include <benchmark/benchmark.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>

using namespace cellos;

namespace {

enum class Document { Lifecycle, Command };

ExecutionCellDocument make(Document kind) {
    ExecutionCellDocument document;
    document.spec.id = "bench";
    document.spec.lifetime.ttl_seconds = 60;
    if (kind == Document::Command) document.spec.run.emplace().argv = {"/bin/true"};
    return document;
}

Ed25519PrivateKey make_key() {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{
        EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free};
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory{BIO_new(BIO_s_mem()), &BIO_free};
    PEM_write_bio_PrivateKey(memory.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* pem = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &pem);
    return Ed25519PrivateKey::from_pem({pem, static_cast<std::size_t>(size)}).value();
}

// A file for one benchmark, removed with it.
struct Scratch {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("cellos-bench-" + os::random_id().value());
    ~Scratch() { std::filesystem::remove(path); }
};

template <class... Ports>
void lead(benchmark::State& state, Document kind, Ports&&... ports) {
    const auto document = make(kind);
    Supervisor supervisor{StubCellBackend{}, std::forward<Ports>(ports)...};
    for ([[maybe_unused]] auto life : state) {
        auto report = supervisor.run(document);
        if (!report || report->outcome != Outcome::Succeeded || !report->port_errors.empty())
            std::abort();
        benchmark::DoNotOptimize(report);
    }
}

void nothing(benchmark::State& state, Document kind) {
    lead(state, kind);
}

void events_json(benchmark::State& state, Document kind) {
    const Scratch file;
    lead(state, kind, JsonLinesEventSink{file.path});
}

void events_redacted(benchmark::State& state, Document kind) {
    const Scratch file;
    KnownSecrets secrets;
    lead(state, kind, Redacted{JsonLinesEventSink{file.path}, secrets});
}

void events_signed(benchmark::State& state, Document kind) {
    const Scratch file;
    KnownSecrets secrets;
    lead(state, kind, Signed{Redacted{JsonLinesEventSink{file.path}, secrets}, make_key()});
}

void trace(benchmark::State& state, Document kind) {
    const Scratch file;
    lead(state, kind, ChromeTraceTracer::open(file.path).value());
}

void events_signed_and_trace(benchmark::State& state, Document kind) {
    const Scratch events, trace;
    KnownSecrets secrets;
    lead(
        state,
        kind,
        Signed{Redacted{JsonLinesEventSink{events.path}, secrets}, make_key()},
        ChromeTraceTracer::open(trace.path).value()
    );
}

[[maybe_unused]] const bool registered = [] {
    using Way = void (*)(benchmark::State&, Document);
    const std::pair<std::string, Way> ways[]{
        {"nothing", &nothing},
        {"events_json", &events_json},
        {"events_redacted", &events_redacted},
        {"events_signed", &events_signed},
        {"trace", &trace},
        {"events_signed_and_trace", &events_signed_and_trace},
    };
    for (const auto& [name, way] : ways) {
        benchmark::RegisterBenchmark((name + "/lifecycle").c_str(), way, Document::Lifecycle)
            ->Unit(benchmark::kMicrosecond);
        benchmark::RegisterBenchmark((name + "/command").c_str(), way, Document::Command)
            ->Unit(benchmark::kMicrosecond)
            ->UseRealTime();
    }
    return true;
}();

} // namespace
