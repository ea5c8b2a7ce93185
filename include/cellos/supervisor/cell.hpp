#pragma once

#include <cellos/lifecycle/table.hpp>

#include <tl/expected.hpp>

#include <utility>

/// @file
/// The lifecycle as types. A `Cell<Life, S>` is a cell in the state S. It offers only the steps
/// that the table allows in S. Each step consumes it and returns the cell in its next state. A step
/// out of order does not compile; clang's -Wconsumed reports a second step on a consumed cell.

// Macros, since a template cannot produce attributes, and g++ warns about unknown ones.
#ifdef __clang__
#define CELLOS_CELL_TYPE [[clang::consumable(unconsumed)]]
#define CELLOS_CELL_STEP [[nodiscard, clang::callable_when("unconsumed")]]
#else
#define CELLOS_CELL_TYPE
#define CELLOS_CELL_STEP [[nodiscard]]
#endif

namespace cellos::inline CELLOS_ABI::detail {

/// The table lets a cell in the state S enter the phase P.
///
///     static_assert(Allowed<CellState::Created, Phase::Secrets>);
///     static_assert(Allowed<CellState::Created, Phase::Destroy>); // if it was stopped
///     static_assert(!Allowed<CellState::Created, Phase::Run>);    // not without its secrets
///     static_assert(!Allowed<CellState::Destroyed, Phase::Destroy>);
template <CellState S, Phase P>
concept Allowed = allows(S, P);

/// The right to take the next step in the life of one cell: a pointer to `Life`, whose functions of
/// the same names do the work of the steps. Those of phases that may fail return whether they
/// succeeded.
template <class Life, CellState S>
class CELLOS_CELL_TYPE Cell {
public:
    /// A life begins as Requested; every other state is reached by a step.
    explicit Cell(Life& life) noexcept
        requires(S == CellState::Requested)
        : life_{&life} {}
    Cell(Cell&&) noexcept = default;
    Cell& operator=(Cell&&) = delete;

    CELLOS_CELL_STEP auto admit() &&
            requires Allowed<S, Phase::Admit>
    {
        return leave<Phase::Admit>(&Life::admit);
    }
    CELLOS_CELL_STEP auto create() &&
            requires Allowed<S, Phase::Create>
    {
        return leave<Phase::Create>(&Life::create);
    }
    CELLOS_CELL_STEP auto secrets() &&
            requires Allowed<S, Phase::Secrets>
    {
        return leave<Phase::Secrets>(&Life::secrets);
    }
    CELLOS_CELL_STEP auto started() &&
            requires Allowed<S, Phase::Started>
    {
        return leave<Phase::Started>(&Life::started);
    }
    CELLOS_CELL_STEP auto open() &&
            requires Allowed<S, Phase::Open>
    {
        return leave<Phase::Open>(&Life::open);
    }
    CELLOS_CELL_STEP auto run() &&
            requires Allowed<S, Phase::Run>
    {
        return leave<Phase::Run>(&Life::run);
    }
    CELLOS_CELL_STEP auto export_() &&
            requires Allowed<S, Phase::Export>
    {
        return leave<Phase::Export>(&Life::export_);
    }
    CELLOS_CELL_STEP auto destroy() &&
            requires Allowed<S, Phase::Destroy>
    {
        return leave<Phase::Destroy>(&Life::destroy);
    }
    CELLOS_CELL_STEP auto revoke() &&
            requires Allowed<S, Phase::Revoke>
    {
        return leave<Phase::Revoke>(&Life::revoke);
    }
    CELLOS_CELL_STEP auto destroyed() &&
            requires Allowed<S, Phase::Destroyed>
    {
        return leave<Phase::Destroyed>(&Life::destroyed);
    }

private:
    template <class, CellState>
    friend class Cell;

    explicit Cell(Life* life) noexcept : life_{life} {}

    // The cell in its next state; if the phase may fail, either that or the cell in the failed
    // state.
    template <Phase P, class Work>
    [[nodiscard]] auto leave(Work work) {
        using Next = Cell<Life, after(S, P)>;
        if constexpr (may_fail(S, P)) {
            using Failed = Cell<Life, after_failure(S, P)>;
            using Either = tl::expected<Next, Failed>;
            return (life_->*work)() ? Either{Next{life_}} : Either{tl::unexpect, Failed{life_}};
        } else {
            (life_->*work)();
            return Next{life_};
        }
    }

    Life* life_;
};

} // namespace cellos::inline CELLOS_ABI::detail

#undef CELLOS_CELL_TYPE
#undef CELLOS_CELL_STEP
