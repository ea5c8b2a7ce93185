// What a Supervisor is made of, and that it asks for no more than its concepts say.

#include <cellos/broker/environment.hpp>
#include <cellos/host/stub.hpp>
#include <cellos/sink/memory.hpp>
#include <cellos/supervisor.hpp>

#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

using namespace cellos;

namespace {

struct SilentTracer {
    struct Span {};
    Span begin(std::string_view, const CellRef&) { return {}; }
};

// A missing port costs nothing, and neither does one without state.
static_assert(std::is_empty_v<Supervisor<StubCellBackend>>);
static_assert(sizeof(Supervisor<StubCellBackend>) == 1);
static_assert(std::is_empty_v<Supervisor<StubCellBackend, SilentTracer>>);
static_assert(sizeof(Supervisor<StubCellBackend, MemoryEventSink>) == sizeof(MemoryEventSink));
static_assert(sizeof(Supervisor<StubCellBackend&>) == sizeof(void*));

struct YesPolicy {
    Result<PolicyDecision> decide(const ExecutionCellDocument&) { return {}; }
};
static_assert(std::is_empty_v<Supervisor<StubCellBackend, YesPolicy>>);

// Arguments are moved in; std::ref becomes a reference.
template <class... Arguments>
using SupervisorOf = decltype(Supervisor{std::declval<Arguments>()...});
template <class A, class B>
inline constexpr bool same = std::is_same_v<A, B>;
static_assert(same<SupervisorOf<StubCellBackend>, Supervisor<StubCellBackend>>);
static_assert(same<SupervisorOf<const StubCellBackend&>, Supervisor<StubCellBackend>>);
static_assert(same<
              SupervisorOf<
                  std::reference_wrapper<StubCellBackend>,
                  std::reference_wrapper<MemoryEventSink>>,
              Supervisor<StubCellBackend&, MemoryEventSink&>>);
static_assert(
    same<SupervisorOf<Supervisor<StubCellBackend>>, Supervisor<StubCellBackend>>,
    "a supervisor made from another one is a copy of it"
);

// It is as movable, copyable and default constructible as what it holds.
static_assert(std::is_default_constructible_v<Supervisor<StubCellBackend, EnvSecretBroker>>);
static_assert(!std::is_default_constructible_v<Supervisor<StubCellBackend&>>);
static_assert(std::is_copy_constructible_v<Supervisor<StubCellBackend>>);
static_assert(std::is_move_constructible_v<Supervisor<StubCellBackend, MemoryEventSink>>);
static_assert(!std::is_copy_constructible_v<Supervisor<StubCellBackend, MemoryEventSink>>);
static_assert(!std::is_convertible_v<StubCellBackend, Supervisor<StubCellBackend>>);

// Where a workload runs is decided by the type.
static_assert(
    detail::executes_on<StubCellBackend> ==
    (runs_host_commands ? ExecutedOn::Host : ExecutedOn::Nowhere)
);

// Selecting by name is SFINAE-friendly, too.
template <class Visitor, class... Bs>
concept selects = requires(Visitor visitor) { select_backend<Bs...>("name", visitor); };
struct ForStub {
    int operator()(std::type_identity<StubCellBackend>) { return 0; }
};
static_assert(selects<ForStub, StubCellBackend>);
static_assert(!selects<ForStub>, "there must be a backend");
static_assert(!selects<ForStub, StubCellBackend, const StubCellBackend>, "all must be served");
static_assert(!selects<ForStub, int>);

} // namespace

namespace archetypes {

// A backend and ports with nothing beyond their concepts instantiate all of it.
struct NoValue {
    NoValue() = default;
    NoValue(const NoValue&) = delete;
    NoValue& operator=(const NoValue&) = delete;
    void operator&() const = delete;
    template <class T>
    void operator,(const T&) const = delete;
};
struct BackendArchetype : NoValue {
    static constexpr const char* name = "archetype";
    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<TeardownReport> destroy(const CellHandle&);
    Result<ExitStatus> execute(const CellHandle&, const RunContext&);
    Result<std::unique_ptr<ArtifactReader>> open_artifact(const CellHandle&, const ExportArtifact&);
};
struct SinkArchetype : NoValue {
    Result<void> emit(const CloudEvent&);
};
struct BrokerArchetype : NoValue {
    Result<Secret> resolve(std::string_view, const CellHandle&);
    Result<void> revoke_for_cell(std::string_view);
};
struct ExportArchetype : NoValue {
    Result<ExportReceipt> export_artifact(const ExportArtifactMetadata&, ArtifactReader&);
};
struct TracerArchetype : NoValue {
    struct Span : NoValue {};
    Span begin(std::string_view, const CellRef&);
};
struct PolicyArchetype : NoValue {
    Result<PolicyDecision> decide(const ExecutionCellDocument&);
};
using WholeSupervisor = Supervisor<
    BackendArchetype&,
    TracerArchetype&,
    SinkArchetype&,
    PolicyArchetype&,
    ExportArchetype&,
    BrokerArchetype&>;
Result<CellReport> run_archetypes(
    WholeSupervisor& supervisor, const ExecutionCellDocument& document
) {
    return supervisor.run(document);
}
// They may also be owned, if they are made in place.
Result<CellReport> run_owned_archetypes(const ExecutionCellDocument& document) {
    Supervisor<BackendArchetype, SinkArchetype, PolicyArchetype> supervisor;
    return supervisor.run(document);
}

} // namespace archetypes
