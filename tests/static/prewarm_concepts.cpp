// Which backends can boot sandboxes ahead of their cells. Nothing here runs: that it compiles is
// the test.

#include <cellos/host/gvisor.hpp>
#include <cellos/host/prewarmed.hpp>

#include <array>

using namespace cellos;

// Named, since what is declared here is called below and defined nowhere.
namespace prewarming {

// What the concept asks of a spare and nothing more.
struct SpareArchetype {
    SpareArchetype(const SpareArchetype&) = delete;
    SpareArchetype(SpareArchetype&&);
    SpareArchetype& operator=(SpareArchetype&&);

    std::array<pollfd, 1> waited() const;
    Result<bool> is_ready();
    std::optional<std::uint64_t> memory_bytes() const;
};
static_assert(SpareSandbox<SpareArchetype>);

struct SpareWithoutMove : SpareArchetype {
    SpareWithoutMove(SpareWithoutMove&&) = delete;
};
static_assert(!SpareSandbox<SpareWithoutMove>);
static_assert(detail::has_waited<SpareWithoutMove> && detail::has_is_ready<SpareWithoutMove>);
static_assert(detail::has_memory_bytes<SpareWithoutMove>);

struct SpareWithoutNews : SpareArchetype {
    void waited() const;
};
static_assert(!SpareSandbox<SpareWithoutNews> && !detail::has_waited<SpareWithoutNews>);
static_assert(detail::has_is_ready<SpareWithoutNews>);
static_assert(detail::has_memory_bytes<SpareWithoutNews>);

struct SpareThatCannotFail : SpareArchetype {
    bool is_ready();
};
static_assert(!SpareSandbox<SpareThatCannotFail> && !detail::has_is_ready<SpareThatCannotFail>);
static_assert(detail::has_waited<SpareThatCannotFail>);
static_assert(detail::has_memory_bytes<SpareThatCannotFail>);

struct SpareThatGuessesItsMemory : SpareArchetype {
    std::uint64_t memory_bytes() const;
};
static_assert(!SpareSandbox<SpareThatGuessesItsMemory>);
static_assert(!detail::has_memory_bytes<SpareThatGuessesItsMemory>);
static_assert(detail::has_waited<SpareThatGuessesItsMemory>);
static_assert(detail::has_is_ready<SpareThatGuessesItsMemory>);

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
    using Spare = SpareArchetype;

    Result<std::string> shape_of(const ExecutionCellDocument&);
    Result<Spare> boot_spare(const ExecutionCellDocument&, const PoolOptions&, BootPace);
    Result<CellHandle> create_from(Spare&, const ExecutionCellDocument&);
};
static_assert(Prewarmable<Archetype>);
static_assert(Prewarmable<GVisorCellBackend>);

struct WithoutExecute : Archetype {
    void execute(const CellHandle&, const RunContext&);
};
static_assert(!Prewarmable<WithoutExecute> && SpareSandbox<WithoutExecute::Spare>);
static_assert(detail::has_shape_of<WithoutExecute> && detail::has_boot_spare<WithoutExecute>);
static_assert(detail::has_create_from<WithoutExecute>);

struct WithoutSpare : Archetype {
private:
    using Spare = SpareArchetype;
};
static_assert(!Prewarmable<WithoutSpare>);
static_assert(InCellExecution<WithoutSpare> && detail::has_shape_of<WithoutSpare>);

struct WithSparesThatCannotFail : WithoutPool {
    using Spare = SpareThatCannotFail;

    Result<std::string> shape_of(const ExecutionCellDocument&);
    Result<Spare> boot_spare(const ExecutionCellDocument&, const PoolOptions&, BootPace);
    Result<CellHandle> create_from(Spare&, const ExecutionCellDocument&);
};
static_assert(!Prewarmable<WithSparesThatCannotFail>);
static_assert(InCellExecution<WithSparesThatCannotFail>);
static_assert(detail::has_shape_of<WithSparesThatCannotFail>);
static_assert(detail::has_boot_spare<WithSparesThatCannotFail>);
static_assert(detail::has_create_from<WithSparesThatCannotFail>);

struct WithShapesForAll : Archetype {
    std::string shape_of(const ExecutionCellDocument&);
};
static_assert(!Prewarmable<WithShapesForAll> && !detail::has_shape_of<WithShapesForAll>);
static_assert(detail::has_boot_spare<WithShapesForAll>);
static_assert(detail::has_create_from<WithShapesForAll>);

struct WithOnePaceOnly : Archetype {
    Result<Spare> boot_spare(const ExecutionCellDocument&, const PoolOptions&);
};
static_assert(!Prewarmable<WithOnePaceOnly> && !detail::has_boot_spare<WithOnePaceOnly>);
static_assert(detail::has_shape_of<WithOnePaceOnly> && detail::has_create_from<WithOnePaceOnly>);

// It would keep the spare, or lose it, when it fails.
struct WithSparesTakenByValue : Archetype {
    Result<CellHandle> create_from(Spare&&, const ExecutionCellDocument&);
};
static_assert(!Prewarmable<WithSparesTakenByValue>);
static_assert(!detail::has_create_from<WithSparesTakenByValue>);
static_assert(detail::has_shape_of<WithSparesTakenByValue>);
static_assert(detail::has_boot_spare<WithSparesTakenByValue>);

} // namespace prewarming

// The concept is all that a pool needs of a backend.
template class cellos::Prewarmed<prewarming::Archetype>;
