// Which steps a cell offers in which state.

#include <cellos/lifecycle/table.hpp>
#include <cellos/supervisor/cell.hpp>

#include <array>
#include <type_traits>
#include <utility>

using namespace cellos;

namespace {

struct Life {
    bool admit() { return true; }
    bool create() { return true; }
    bool secrets() { return true; }
    void started() {}
    void run() {}
    void export_() {}
    void destroy() {}
    void revoke() {}
    void destroyed() {}
};

template <CellState S>
using Cell = cellos::detail::Cell<Life, S>;

template <class C>
concept admits = requires(C cell) { std::move(cell).admit(); };
template <class C>
concept creates = requires(C cell) { std::move(cell).create(); };
template <class C>
concept gets_secrets = requires(C cell) { std::move(cell).secrets(); };
template <class C>
concept starts = requires(C cell) { std::move(cell).started(); };
template <class C>
concept runs = requires(C cell) { std::move(cell).run(); };
template <class C>
concept exports = requires(C cell) { std::move(cell).export_(); };
template <class C>
concept destroys = requires(C cell) { std::move(cell).destroy(); };
template <class C>
concept revokes = requires(C cell) { std::move(cell).revoke(); };
template <class C>
concept ends = requires(C cell) { std::move(cell).destroyed(); };

template <CellState S>
inline constexpr auto steps = std::array{
    admits<Cell<S>>,
    creates<Cell<S>>,
    gets_secrets<Cell<S>>,
    starts<Cell<S>>,
    runs<Cell<S>>,
    exports<Cell<S>>,
    destroys<Cell<S>>,
    revokes<Cell<S>>,
    ends<Cell<S>>,
};

// admit, create, secrets, started, run, export, destroy, revoke, destroyed
using Steps = std::array<bool, 9>;
static_assert(steps<CellState::Requested> == Steps{1, 0, 0, 0, 0, 0, 0, 0, 0});
static_assert(steps<CellState::Admitted> == Steps{0, 1, 0, 0, 0, 0, 0, 0, 0});
static_assert(steps<CellState::Refused> == Steps{});
static_assert(steps<CellState::Created> == Steps{0, 0, 1, 0, 0, 0, 1, 0, 0});
static_assert(steps<CellState::Provisioned> == Steps{0, 0, 0, 1, 0, 0, 1, 0, 0});
static_assert(steps<CellState::Denied> == Steps{0, 0, 0, 0, 0, 0, 1, 0, 0});
static_assert(steps<CellState::Started> == Steps{0, 0, 0, 0, 1, 1, 1, 0, 0});
static_assert(steps<CellState::Ended> == Steps{0, 0, 0, 0, 0, 1, 1, 0, 0});
static_assert(steps<CellState::Exported> == Steps{0, 0, 0, 0, 0, 0, 1, 0, 0});
static_assert(steps<CellState::TornDown> == Steps{0, 0, 0, 0, 0, 0, 0, 1, 0});
static_assert(steps<CellState::Revoked> == Steps{0, 0, 0, 0, 0, 0, 0, 0, 1});
static_assert(steps<CellState::Destroyed> == Steps{});

// A step consumes its cell: it can neither be taken on one that is kept, nor on a copy.
template <class C>
concept destroys_and_keeps = requires(C& cell) { cell.destroy(); };
static_assert(!destroys_and_keeps<Cell<CellState::Created>>);
static_assert(!std::is_copy_constructible_v<Cell<CellState::Created>>);
static_assert(!std::is_assignable_v<Cell<CellState::Created>&, Cell<CellState::Created>>);
static_assert(std::is_constructible_v<Cell<CellState::Requested>, Life&>);
static_assert(!std::is_constructible_v<Cell<CellState::Created>, Life&>, "but by a step");
static_assert(!std::is_constructible_v<Cell<CellState::Created>, Life*>);

// A phase that may fail leads to two states, and each is a type.
static_assert(std::is_same_v<
              decltype(std::declval<Cell<CellState::Created>>().secrets()),
              tl::expected<Cell<CellState::Provisioned>, Cell<CellState::Denied>>>);
static_assert(std::is_same_v<
              decltype(std::declval<Cell<CellState::Started>>().run()),
              Cell<CellState::Ended>>);

} // namespace
