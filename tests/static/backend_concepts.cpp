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
static_assert(!CellBackend<WithoutName>);
static_assert(has_create<WithoutName> && has_destroy<WithoutName>);

struct WithNameOfEachObject : WithoutName {
    std::string_view name = "late";
};
static_assert(!has_backend_name<WithNameOfEachObject>);

struct CreatesPlainHandle : Archetype {
    CellHandle create(const ExecutionCellDocument&);
};
static_assert(!CellBackend<CreatesPlainHandle>);
static_assert(has_backend_name<CreatesPlainHandle> && has_destroy<CreatesPlainHandle>);

struct CreatesFromMutable : Archetype {
    Created create(ExecutionCellDocument&);
};
static_assert(!has_create<CreatesFromMutable>);

struct DestroysMutable : Archetype {
    Destroyed destroy(CellHandle&);
};
static_assert(!CellBackend<DestroysMutable>);
static_assert(has_create<DestroysMutable>);

struct ExecutesWithPlainStatus : Archetype {
    ExitStatus execute(const CellHandle&, const RunContext&);
};
static_assert(CellBackend<ExecutesWithPlainStatus> && !InCellExecution<ExecutesWithPlainStatus>);
static_assert(has_member_named_execute<ExecutesWithPlainStatus>, "a near miss is seen");
static_assert(!Supervisable<ExecutesWithPlainStatus>, "and never taken for a backend without");

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

struct SaysNoToHost : Archetype {
    static constexpr bool runs_on_host = false;
};
static_assert(!RunsOnHost<SaysNoToHost>);

static_assert(!CellBackend<int>);
static_assert(!CellBackend<void>);
static_assert(!CellBackend<void (*)()>);

} // namespace
