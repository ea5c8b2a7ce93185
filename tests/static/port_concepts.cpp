// Which types are ports.

#include <cellos/broker/environment.hpp>
#include <cellos/broker/memory.hpp>
#include <cellos/core/artifact.hpp>
#include <cellos/core/event.hpp>
#include <cellos/core/explain.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/secret.hpp>
#include <cellos/host/stub.hpp>
#include <cellos/sink/memory.hpp>

using namespace cellos;

namespace {

// Each with what its concept asks for and nothing more.
struct NoValue {
    explicit NoValue(int) {}
    NoValue(const NoValue&) = delete;
    NoValue& operator=(const NoValue&) = delete;
};
struct Sink : NoValue {
    Result<void> emit(const CloudEvent&);
};
struct Broker : NoValue {
    Result<Secret> resolve(std::string_view, const CellHandle&);
    Result<void> revoke_for_cell(std::string_view);
};
struct Exporter : NoValue {
    Result<ExportReceipt> export_artifact(const ExportArtifactMetadata&, ArtifactReader&);
};
struct Tracing : NoValue {
    struct Span : NoValue {};
    Span begin(std::string_view, std::string_view);
};
static_assert(EventSink<Sink> && !SecretBroker<Sink> && !ExportSink<Sink> && !Tracer<Sink>);
static_assert(SecretBroker<Broker> && !EventSink<Broker>);
static_assert(ExportSink<Exporter> && !EventSink<Exporter>);
static_assert(Tracer<Tracing> && !EventSink<Tracing>);
static_assert(Port<Sink> && Port<Broker> && Port<Exporter> && Port<Tracing>);
static_assert(Port<Sink&>, "std::ref is allowed");
static_assert(!Port<const Sink>, "a port is called as a non-const object");

struct SilentSink {
    void emit(const CloudEvent&);
};
struct GreedySink {
    Result<void> emit(CloudEvent&);
};
struct HalfBroker {
    Result<Secret> resolve(std::string_view, const CellHandle&);
};
struct TextBroker : Broker {
    Result<std::string> resolve(std::string_view, const CellHandle&);
};
struct SpanlessTracer {
    void begin(std::string_view, std::string_view);
};
static_assert(!Port<SilentSink> && !Port<GreedySink> && !Port<HalfBroker> && !Port<SpanlessTracer>);
static_assert(!SecretBroker<TextBroker> && has_revoke_for_cell<TextBroker>);
static_assert(!Port<int> && !Port<StubCellBackend>);

// The plain question stays one: no type makes it an error.
static_assert(Supervisable<StubCellBackend>);
static_assert(Supervisable<StubCellBackend, Sink, Sink, Broker, Exporter, Tracing>);
static_assert(Supervisable<StubCellBackend&, Sink&>);
static_assert(!Supervisable<StubCellBackend, SilentSink>);
static_assert(!Supervisable<StubCellBackend, int>);
static_assert(!Supervisable<StubCellBackend, StubCellBackend>);
static_assert(!Supervisable<StubCellBackend, EnvSecretBroker, MemorySecretBroker>);
static_assert(!Supervisable<Sink, StubCellBackend>);
static_assert(!Supervisable<int>);

} // namespace
