#pragma once

#include <cellos/core/cell_ref.hpp>
#include <cellos/core/config.hpp>
#include <cellos/core/fwd.hpp>
#include <cellos/core/result.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// The values of the secrets that cells have at present: `Redacting` adds them, `Redacted` searches
/// for those of a cell in that cell's texts. A handle: copies share one set. Thread-safe. The
/// values are in memory that is wiped, and are kept only until every watcher has let go of the
/// cell; without a watcher, none are kept.
class KnownSecrets {
    struct State;

public:
    class Watch;

    /// Values of fewer bytes are not taken, except empty ones: they stand in many a text by chance,
    /// and it would show in what is left of it.
    static constexpr std::size_t shortest = 6;

    /// The text that replaces a value.
    static constexpr std::string_view mark = "[redacted]";

    /// Makes a new, empty set without watchers.
    CELLOS_DECL KnownSecrets();

    [[nodiscard]] CELLOS_DECL Watch watch() const;

    /// Adds a copy of `value`, the secret `reference` of the cell. Does nothing without a watcher.
    /// If the cell's handle has no `run_id`, its values stay until the last watcher has gone.
    ///
    /// The error (SecretBroker) names the reference and never the value, which then must not be
    /// given to the cell: it is shorter than `shortest`, or it is a part of the cell's id or of the
    /// reference, which events name and nobody may alter.
    [[nodiscard]] CELLOS_DECL Result<void> learn(
        const CellHandle& cell, std::string_view reference, std::string_view value
    );

private:
    std::shared_ptr<State> state_;
};

/// A watcher, which searches for the values during its lifetime. Movable; keeps the set alive.
/// Thread-safe.
class KnownSecrets::Watch {
public:
    Watch(Watch&&) noexcept = default;
    Watch& operator=(Watch&&) = delete;
    CELLOS_DECL ~Watch();

    /// Replaces the values of `cell` in `text`, in each of their encodings. Lives are told apart by
    /// their run ids; where one is not known, by the ids of their cells.
    [[nodiscard]] CELLOS_DECL std::string redact(std::string text, const CellRef& cell) const;

    /// Says that this watcher has seen the last event of the life `run_id`.
    CELLOS_DECL void let_go(std::string_view run_id);

private:
    friend class KnownSecrets;
    explicit Watch(std::shared_ptr<State> state);

    std::shared_ptr<State> state_;
};

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/redaction/known_secrets.ipp>
#endif
