// Which types are ports.

#include <cellos/broker/environment.hpp>
#include <cellos/broker/memory.hpp>
#include <cellos/core/artifact.hpp>
#include <cellos/core/event.hpp>
#include <cellos/core/explain.hpp>
#include <cellos/core/policy_decision.hpp>
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
    Span begin(std::string_view, const CellRef&);
};
struct Policy : NoValue {
    Result<PolicyDecision> decide(const ExecutionCellDocument&);
};
static_assert(EventSink<Sink> && !SecretBroker<Sink> && !ExportSink<Sink> && !Tracer<Sink>);
static_assert(SecretBroker<Broker> && !EventSink<Broker>);
static_assert(ExportSink<Exporter> && !EventSink<Exporter>);
static_assert(Tracer<Tracing> && !EventSink<Tracing>);
static_assert(AdmissionPolicy<Policy> && !EventSink<Policy> && !AdmissionPolicy<Sink>);
static_assert(Port<Sink> && Port<Broker> && Port<Exporter> && Port<Tracing> && Port<Policy>);
static_assert(Port<Sink&>, "std::ref is allowed");
static_assert(!Port<const Sink>, "a port is called as a non-const object");

// --- Mutants: each breaks one requirement, and keeps the rest ----------------------------------

struct SilentSink : NoValue {
    void emit(const CloudEvent&);
};
static_assert(!EventSink<SilentSink> && !Port<SilentSink>);
struct GreedySink : NoValue {
    Result<void> emit(CloudEvent&);
};
static_assert(!EventSink<GreedySink> && !Port<GreedySink>);

struct BrokerWithoutResolve : NoValue {
    Result<void> revoke_for_cell(std::string_view);
};
static_assert(!SecretBroker<BrokerWithoutResolve> && has_revoke_for_cell<BrokerWithoutResolve>);
struct BrokerWithoutRevoke : NoValue {
    Result<Secret> resolve(std::string_view, const CellHandle&);
};
static_assert(!SecretBroker<BrokerWithoutRevoke> && has_resolve<BrokerWithoutRevoke>);
struct TextBroker : Broker {
    Result<std::string> resolve(std::string_view, const CellHandle&);
};
static_assert(!SecretBroker<TextBroker> && has_revoke_for_cell<TextBroker>);
struct BrokerOfMutableCells : Broker {
    Result<Secret> resolve(std::string_view, CellHandle&);
};
static_assert(!SecretBroker<BrokerOfMutableCells> && has_revoke_for_cell<BrokerOfMutableCells>);
struct SilentlyRevokingBroker : Broker {
    void revoke_for_cell(std::string_view);
};
static_assert(!SecretBroker<SilentlyRevokingBroker> && has_resolve<SilentlyRevokingBroker>);
struct BrokerThatWantsTheHandle : Broker {
    Result<void> revoke_for_cell(const CellHandle&);
};
static_assert(!SecretBroker<BrokerThatWantsTheHandle> && has_resolve<BrokerThatWantsTheHandle>);
static_assert(!Port<BrokerWithoutResolve> && !Port<BrokerWithoutRevoke> && !Port<TextBroker>);
static_assert(!Port<BrokerOfMutableCells>);
static_assert(!Port<SilentlyRevokingBroker> && !Port<BrokerThatWantsTheHandle>);

struct ExporterWithoutReceipt : NoValue {
    Result<void> export_artifact(const ExportArtifactMetadata&, ArtifactReader&);
};
static_assert(!ExportSink<ExporterWithoutReceipt> && !Port<ExporterWithoutReceipt>);
struct ExporterOfMutableMetadata : NoValue {
    Result<ExportReceipt> export_artifact(ExportArtifactMetadata&, ArtifactReader&);
};
static_assert(!ExportSink<ExporterOfMutableMetadata> && !Port<ExporterOfMutableMetadata>);
struct ExporterWithoutReader : NoValue {
    Result<ExportReceipt> export_artifact(const ExportArtifactMetadata&);
};
static_assert(!ExportSink<ExporterWithoutReader> && !Port<ExporterWithoutReader>);

struct SpanlessTracer : NoValue {
    void begin(std::string_view, const CellRef&);
};
static_assert(!Tracer<SpanlessTracer> && !Port<SpanlessTracer>);
struct LendingTracer : NoValue {
    Tracing::Span& begin(std::string_view, const CellRef&);
};
static_assert(!Tracer<LendingTracer> && !Port<LendingTracer>, "who would end a reference?");
struct TracerWithoutCell : NoValue {
    Tracing::Span begin(std::string_view);
};
static_assert(!Tracer<TracerWithoutCell> && !Port<TracerWithoutCell>);
struct TracerOfCellIds : NoValue {
    Tracing::Span begin(std::string_view, std::string_view);
};
static_assert(!Tracer<TracerOfCellIds> && !Port<TracerOfCellIds>);
struct TracerOfCopiedRefs : NoValue {
    Tracing::Span begin(std::string_view, CellRef);
};
static_assert(Tracer<TracerOfCopiedRefs>);
struct TracerOfMutableRefs : NoValue {
    Tracing::Span begin(std::string_view, CellRef&);
};
static_assert(!Tracer<TracerOfMutableRefs> && !Port<TracerOfMutableRefs>);

struct PolicyThatSaysYes : NoValue {
    bool decide(const ExecutionCellDocument&);
};
static_assert(!AdmissionPolicy<PolicyThatSaysYes> && !Port<PolicyThatSaysYes>);
struct PolicyWithoutPack : NoValue {
    Result<void> decide(const ExecutionCellDocument&);
};
static_assert(!AdmissionPolicy<PolicyWithoutPack> && !Port<PolicyWithoutPack>);
struct PolicyThatCannotFail : NoValue {
    PolicyDecision decide(const ExecutionCellDocument&);
};
static_assert(!AdmissionPolicy<PolicyThatCannotFail> && !Port<PolicyThatCannotFail>);
struct PolicyThatChangesDocuments : NoValue {
    Result<PolicyDecision> decide(ExecutionCellDocument&);
};
static_assert(!AdmissionPolicy<PolicyThatChangesDocuments> && !Port<PolicyThatChangesDocuments>);
struct PolicyOfReferences : NoValue {
    Result<PolicyDecision> decide(const PolicyReference&);
};
static_assert(!AdmissionPolicy<PolicyOfReferences> && !Port<PolicyOfReferences>);

// A broken role is not hidden by another one that is whole.
struct SinkAndHalfBroker : Sink {
    Result<void> revoke_for_cell(std::string_view);
};
static_assert(EventSink<SinkAndHalfBroker> && Port<SinkAndHalfBroker>);
static_assert(!Supervisable<StubCellBackend, SinkAndHalfBroker>);
struct SinkAndTracerOfCellIds : Sink {
    Tracing::Span begin(std::string_view, std::string_view);
};
static_assert(EventSink<SinkAndTracerOfCellIds> && Port<SinkAndTracerOfCellIds>);
static_assert(!Supervisable<StubCellBackend, SinkAndTracerOfCellIds>);
struct SinkAndPolicyThatSaysYes : Sink {
    bool decide(const ExecutionCellDocument&);
};
static_assert(EventSink<SinkAndPolicyThatSaysYes> && Port<SinkAndPolicyThatSaysYes>);
static_assert(!Supervisable<StubCellBackend, SinkAndPolicyThatSaysYes>);
struct SinkAndContainer : Sink {
    int* begin();
    int* end();
};
static_assert(Supervisable<StubCellBackend, SinkAndContainer>);

static_assert(!Port<int> && !Port<StubCellBackend>);

// The plain question stays one: no type makes it an error.
static_assert(Supervisable<StubCellBackend>);
static_assert(Supervisable<StubCellBackend, Policy, Sink, Sink, Broker, Exporter, Tracing>);
static_assert(Supervisable<StubCellBackend&, Sink&>);
static_assert(!Supervisable<StubCellBackend, SilentSink>);
static_assert(!Supervisable<StubCellBackend, int>);
static_assert(!Supervisable<StubCellBackend, StubCellBackend>);
static_assert(!Supervisable<StubCellBackend, EnvSecretBroker, MemorySecretBroker>);
static_assert(!Supervisable<StubCellBackend, Policy, Policy>);
static_assert(!Supervisable<Sink, StubCellBackend>);
static_assert(!Supervisable<int>);

} // namespace
