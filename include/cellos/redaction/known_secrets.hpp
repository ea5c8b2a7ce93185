#pragma once

#include <cellos/core/config.hpp>
#include <cellos/core/fwd.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// The values of the secrets that cells have at the moment: `Redacting` puts them in, `Redacted`
/// looks for them. A handle: copies share one set. Thread-safe. The values lie in memory that is
/// wiped, and only while somebody watches: until every watcher has let go of the cell.
class KnownSecrets {
    struct State;

public:
    class Watch;

    /// What stands where a value was.
    static constexpr std::string_view mark = "[redacted]";

    /// A set of its own, empty and watched by nobody.
    CELLOS_DECL KnownSecrets();

    [[nodiscard]] CELLOS_DECL Watch watch() const;

    /// The cell was given `value`, which is copied. Nothing is kept where nobody watches. A cell
    /// whose handle has no `run_id` is never let go of: its values stay until nobody watches.
    CELLOS_DECL void learn(const CellHandle& cell, std::string_view value);

private:
    std::shared_ptr<State> state_;
};

/// One who looks for the values, as long as it exists. Movable; keeps the set alive. Thread-safe.
class KnownSecrets::Watch {
public:
    Watch(Watch&&) noexcept = default;
    Watch& operator=(Watch&&) = delete;
    CELLOS_DECL ~Watch();

    /// Replaces the values of all cells, in each of their encodings.
    [[nodiscard]] CELLOS_DECL std::string redact(std::string text) const;

    /// This watcher has seen the last event of the life of that name.
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
