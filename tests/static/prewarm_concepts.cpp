// Which backends can boot sandboxes ahead of their cells. Nothing here runs: that it compiles is
// the test.

#include <cellos/host/gvisor.hpp>
#include <cellos/host/prewarmed.hpp>

#include <array>

using namespace cellos;

// Named, since what is declared here is called below and defined nowhere.
namespace prewarming {

// What the concept asks of a sandbox and nothing more.
struct SandboxArchetype {
    SandboxArchetype(const SandboxArchetype&) = delete;
    SandboxArchetype(SandboxArchetype&&);
    SandboxArchetype& operator=(SandboxArchetype&&);

    std::array<pollfd, 1> waited() const;
    Result<bool> is_ready();
    std::optional<std::uint64_t> memory_bytes() const;
};
static_assert(WaitingSandbox<SandboxArchetype>);

struct SandboxWithoutMove : SandboxArchetype {
    SandboxWithoutMove(SandboxWithoutMove&&) = delete;
};
static_assert(!WaitingSandbox<SandboxWithoutMove>);
static_assert(detail::has_waited<SandboxWithoutMove> && detail::has_is_ready<SandboxWithoutMove>);
static_assert(detail::has_memory_bytes<SandboxWithoutMove>);

struct SandboxWithoutNews : SandboxArchetype {
    void waited() const;
};
static_assert(!WaitingSandbox<SandboxWithoutNews> && !detail::has_waited<SandboxWithoutNews>);
static_assert(detail::has_is_ready<SandboxWithoutNews>);
static_assert(detail::has_memory_bytes<SandboxWithoutNews>);

struct SandboxThatCannotFail : SandboxArchetype {
    bool is_ready();
};
static_assert(!WaitingSandbox<SandboxThatCannotFail> && !detail::has_is_ready<SandboxThatCannotFail>);
static_assert(detail::has_waited<SandboxThatCannotFail>);
static_assert(detail::has_memory_bytes<SandboxThatCannotFail>);

struct SandboxThatGuessesItsMemory : SandboxArchetype {
    std::uint64_t memory_bytes() const;
};
static_assert(!WaitingSandbox<SandboxThatGuessesItsMemory>);
static_assert(!detail::has_memory_bytes<SandboxThatGuessesItsMemory>);
static_assert(detail::has_waited<SandboxThatGuessesItsMemory>);
static_assert(detail::has_is_ready<SandboxThatGuessesItsMemory>);

// A backend whose calls can be replaced one by one.
struct WithoutPool {
    static constexpr const char* name = "archetype";
    explicit WithoutPool(int) {}
    WithoutPool(WithoutPool&&) = default;

    Result<CellHandle> create(const ExecutionCellDocument&);
    Result<ExitStatus> execute(const CellHandle&, const RunContext&);
    Result<TeardownReport> destroy(const CellHandle&);
};
static_assert(InCellExecution<WithoutPool> && !Prewarmable<WithoutPool>);

struct Archetype : WithoutPool {
    using WithoutPool::WithoutPool;
    using WarmSandbox = SandboxArchetype;

    Result<std::string> shape_of(const ExecutionCellDocument&);
    Result<WarmSandbox> boot_warm(const ExecutionCellDocument&, const PoolOptions&, BootPace);
    Result<CellHandle> create_from(WarmSandbox&, const ExecutionCellDocument&);
};
static_assert(Prewarmable<Archetype>);
static_assert(Prewarmable<GVisorCellBackend>);

struct WithoutExecute : Archetype {
    void execute(const CellHandle&, const RunContext&);
};
static_assert(!Prewarmable<WithoutExecute> && WaitingSandbox<WithoutExecute::WarmSandbox>);
static_assert(detail::has_shape_of<WithoutExecute> && detail::has_boot_warm<WithoutExecute>);
static_assert(detail::has_create_from<WithoutExecute>);

struct WithoutWarmSandbox : Archetype {
private:
    using WarmSandbox = SandboxArchetype;
};
static_assert(!Prewarmable<WithoutWarmSandbox>);
static_assert(InCellExecution<WithoutWarmSandbox> && detail::has_shape_of<WithoutWarmSandbox>);

struct WithSandboxesThatCannotFail : WithoutPool {
    using WarmSandbox = SandboxThatCannotFail;

    Result<std::string> shape_of(const ExecutionCellDocument&);
    Result<WarmSandbox> boot_warm(const ExecutionCellDocument&, const PoolOptions&, BootPace);
    Result<CellHandle> create_from(WarmSandbox&, const ExecutionCellDocument&);
};
static_assert(!Prewarmable<WithSandboxesThatCannotFail>);
static_assert(InCellExecution<WithSandboxesThatCannotFail>);
static_assert(detail::has_shape_of<WithSandboxesThatCannotFail>);
static_assert(detail::has_boot_warm<WithSandboxesThatCannotFail>);
static_assert(detail::has_create_from<WithSandboxesThatCannotFail>);

struct WithShapesForAll : Archetype {
    std::string shape_of(const ExecutionCellDocument&);
};
static_assert(!Prewarmable<WithShapesForAll> && !detail::has_shape_of<WithShapesForAll>);
static_assert(detail::has_boot_warm<WithShapesForAll>);
static_assert(detail::has_create_from<WithShapesForAll>);

struct WithOnePaceOnly : Archetype {
    Result<WarmSandbox> boot_warm(const ExecutionCellDocument&, const PoolOptions&);
};
static_assert(!Prewarmable<WithOnePaceOnly> && !detail::has_boot_warm<WithOnePaceOnly>);
static_assert(detail::has_shape_of<WithOnePaceOnly> && detail::has_create_from<WithOnePaceOnly>);

// It would keep the sandbox, or lose it, when it fails.
struct WithSandboxesTakenByValue : Archetype {
    Result<CellHandle> create_from(WarmSandbox&&, const ExecutionCellDocument&);
};
static_assert(!Prewarmable<WithSandboxesTakenByValue>);
static_assert(!detail::has_create_from<WithSandboxesTakenByValue>);
static_assert(detail::has_shape_of<WithSandboxesTakenByValue>);
static_assert(detail::has_boot_warm<WithSandboxesTakenByValue>);

} // namespace prewarming

// The concept is all that a pool needs of a backend.
template class cellos::Prewarmed<prewarming::Archetype>;
