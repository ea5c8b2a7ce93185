// Which types are backends. Nothing here runs: that it compiles is the test.

#include <cellos/core/artifact_access.hpp>
#include <cellos/core/backend_concepts.hpp>
#include <cellos/core/explain.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/stub.hpp>

using namespace cellos;

namespace {

using Created = Result<CellHandle>;
using Destroyed = Result<TeardownReport>;
using Executed = Result<ExitStatus>;

// What the concept asks for and nothing more: neither copied nor moved nor compared nor made from
// nothing, and its address and its commas are its own business.
struct Archetype {
    static constexpr const char* name = "archetype";
    explicit Archetype(int) {}
    Archetype(const Archetype&) = delete;
    Archetype& operator=(const Archetype&) = delete;
    void operator&() const = delete;
    template <class T>
    void operator,(const T&) const = delete;

    Created create(const ExecutionCellDocument&);
    Destroyed destroy(const CellHandle&);
};
static_assert(CellBackend<Archetype>);
static_assert(!InCellExecution<Archetype>, "to execute is a choice");
static_assert(!RunsOnHost<Archetype>, "to run on the host is another one");
static_assert(!ArtifactAccess<Archetype>);

struct ExecutingArchetype : Archetype {
    Executed execute(const CellHandle&, const RunContext&);
};
static_assert(InCellExecution<ExecutingArchetype>);

struct GivingArchetype : Archetype {
    Result<std::unique_ptr<ArtifactReader>> open_artifact(const CellHandle&, const ExportArtifact&);
};
static_assert(ArtifactAccess<GivingArchetype>);
static_assert(ArtifactAccess<GivingArchetype&>);

// std::ref is allowed, so a reference is what its target is.
static_assert(CellBackend<Archetype&>);
static_assert(InCellExecution<ExecutingArchetype&>);
static_assert(RunsOnHost<StubCellBackend&>);
// But a backend is called as a non-const object.
static_assert(!CellBackend<const Archetype>);
static_assert(CellBackend<const StubCellBackend>, "which the stub does not mind");

struct WithoutName {
    Created create(const ExecutionCellDocument&);
    Destroyed destroy(const CellHandle&);
};
static_assert(!CellBackend<WithoutName> && !Supervisable<WithoutName>);
static_assert(has_create<WithoutName> && has_destroy<WithoutName>);

struct WithNameOfEachObject : WithoutName {
    std::string_view name = "late";
};
static_assert(!has_backend_name<WithNameOfEachObject>);

struct WithoutCreate {
    static constexpr const char* name = "mutant";
    Destroyed destroy(const CellHandle&);
};
static_assert(!CellBackend<WithoutCreate> && !Supervisable<WithoutCreate>);
static_assert(has_backend_name<WithoutCreate> && has_destroy<WithoutCreate>);

struct WithoutDestroy {
    static constexpr const char* name = "mutant";
    Created create(const ExecutionCellDocument&);
};
static_assert(!CellBackend<WithoutDestroy> && !Supervisable<WithoutDestroy>);
static_assert(has_backend_name<WithoutDestroy> && has_create<WithoutDestroy>);

struct WithNameThatIsNoText : Archetype {
    static constexpr int name = 1;
};
static_assert(!CellBackend<WithNameThatIsNoText>);
static_assert(has_create<WithNameThatIsNoText> && has_destroy<WithNameThatIsNoText>);

struct CreatesPlainHandle : Archetype {
    CellHandle create(const ExecutionCellDocument&);
};
static_assert(!CellBackend<CreatesPlainHandle>);
static_assert(has_backend_name<CreatesPlainHandle> && has_destroy<CreatesPlainHandle>);

struct CreatesFromMutable : Archetype {
    Created create(ExecutionCellDocument&);
};
static_assert(!CellBackend<CreatesFromMutable>);
static_assert(has_backend_name<CreatesFromMutable> && has_destroy<CreatesFromMutable>);

struct DestroysMutable : Archetype {
    Destroyed destroy(CellHandle&);
};
static_assert(!CellBackend<DestroysMutable>);
static_assert(has_backend_name<DestroysMutable> && has_create<DestroysMutable>);

struct DestroysWithPlainReport : Archetype {
    TeardownReport destroy(const CellHandle&);
};
static_assert(!CellBackend<DestroysWithPlainReport>);
static_assert(has_backend_name<DestroysWithPlainReport> && has_create<DestroysWithPlainReport>);

struct ExecutesWithPlainStatus : Archetype {
    ExitStatus execute(const CellHandle&, const RunContext&);
};
static_assert(CellBackend<ExecutesWithPlainStatus> && !InCellExecution<ExecutesWithPlainStatus>);
static_assert(has_member_named_execute<ExecutesWithPlainStatus>, "a near miss is seen");
static_assert(!Supervisable<ExecutesWithPlainStatus>, "and never taken for a backend without");

struct ExecutesMutableCell : Archetype {
    Executed execute(CellHandle&, const RunContext&);
};
static_assert(CellBackend<ExecutesMutableCell> && !InCellExecution<ExecutesMutableCell>);
static_assert(!Supervisable<ExecutesMutableCell>);

struct ExecutesMutableContext : Archetype {
    Executed execute(const CellHandle&, RunContext&);
};
static_assert(CellBackend<ExecutesMutableContext> && !InCellExecution<ExecutesMutableContext>);
static_assert(!Supervisable<ExecutesMutableContext>);

class ExecutesInPrivate : public Archetype {
    Executed execute(const CellHandle&, const RunContext&);
};
static_assert(has_member_named_execute<ExecutesInPrivate>);
static_assert(!Supervisable<ExecutesInPrivate>);

struct ExecutesOverloaded : Archetype {
    Executed execute(const CellHandle&);
    Executed execute(int);
};
static_assert(!Supervisable<ExecutesOverloaded>);

template <class Inner>
struct ForgetfulDecorator : Archetype {};
static_assert(!Supervisable<ForgetfulDecorator<ExecutingArchetype>>);
static_assert(Supervisable<ForgetfulDecorator<Archetype>>);

// To execute is no substitute for making cells and destroying them.
struct OnlyExecutes {
    static constexpr const char* name = "mutant";
    Executed execute(const CellHandle&, const RunContext&);
};
static_assert(has_execute<OnlyExecutes> && !CellBackend<OnlyExecutes>);
static_assert(!InCellExecution<OnlyExecutes> && !Supervisable<OnlyExecutes>);

struct GivesPlainReader : Archetype {
    std::unique_ptr<ArtifactReader> open_artifact(const CellHandle&, const ExportArtifact&);
};
static_assert(CellBackend<GivesPlainReader> && !ArtifactAccess<GivesPlainReader>);

struct SaysNoToHost : Archetype {
    static constexpr bool runs_on_host = false;
};
static_assert(!RunsOnHost<SaysNoToHost>);

struct Terse : Archetype {
    static constexpr ArgvBounds argv_bounds{.argument = 8};
};
static_assert(argv_bounds_of<Archetype> == ArgvBounds{});
static_assert(argv_bounds_of<Terse&>.argument == 8);
static_assert(StatesArgvBounds<Terse> && Supervisable<Terse>);

struct StatesNoBounds : Archetype {
    static constexpr std::string_view argv_bounds = "8";
};
struct BoundsOfEachObject : Archetype {
    ArgvBounds argv_bounds{};
};
static_assert(CellBackend<StatesNoBounds> && !Supervisable<StatesNoBounds>);
static_assert(CellBackend<BoundsOfEachObject> && !Supervisable<BoundsOfEachObject>);

static_assert(!CellBackend<int>);
static_assert(!CellBackend<void>);
static_assert(!CellBackend<void (*)()>);

} // namespace
