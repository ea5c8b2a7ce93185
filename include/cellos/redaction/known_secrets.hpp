#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/core/secret.hpp>
#include <cellos/redaction/encodings.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// The values of the secrets that cells have at the moment: `Redacting` puts them in, `Redacted`
/// looks for them. A handle: copies share one set. Thread-safe. The values lie in memory that is
/// wiped, and only while somebody watches: until every watcher has let go of the cell.
template <class = IfUsed>
class BasicKnownSecrets {
    struct State;

public:
    /// What stands where a value was.
    static constexpr std::string_view mark = "[redacted]";

    /// One who looks for the values, as long as it exists. Movable.
    class Watch {
    public:
        explicit Watch(std::shared_ptr<State> state) : state_{std::move(state)} {
            const std::lock_guard lock{state_->mutex};
            ++state_->watches;
        }
        Watch(Watch&&) noexcept = default;
        Watch& operator=(Watch&&) = delete;
        ~Watch() {
            if (!state_) return;
            const std::lock_guard lock{state_->mutex};
            --state_->watches;
            state_->drop_what_nobody_needs();
        }

        /// Replaces the values of all cells, in each of their spellings.
        [[nodiscard]] std::string redact(std::string text) const {
            const std::lock_guard lock{state_->mutex};
            return state_->redact(std::move(text));
        }

        /// The life that this thread leads of that cell (its id may be redacted) has ended.
        void let_go(std::string_view cell_id) {
            const std::lock_guard lock{state_->mutex};
            for (Known& known : state_->known)
                if (known.life == std::this_thread::get_id() &&
                    state_->redact(known.cell_id) == cell_id)
                    ++known.let_go_by;
            state_->drop_what_nobody_needs();
        }

    private:
        std::shared_ptr<State> state_;
    };

    [[nodiscard]] Watch watch() const { return Watch{state_}; }

    /// The cell whose life this thread leads was given `value`. One thread leads one life at a
    /// time: `Supervisor::run` blocks.
    void learn(std::string_view cell_id, std::string_view value) {
        Known known{std::this_thread::get_id(), std::string{cell_id}, detail::spellings(value)};
        const std::lock_guard lock{state_->mutex};
        if (state_->watches > 0) state_->known.push_back(std::move(known));
    }

private:
    struct Known {
        std::thread::id life;
        std::string cell_id;
        std::vector<Secret> spellings;
        std::size_t let_go_by = 0;
    };

    struct State {
        std::mutex mutex;
        std::vector<Known> known;
        std::size_t watches = 0;

        // What any value covers is hidden as a whole: where values overlap, or one is a part of
        // another, no rest of either stays.
        [[nodiscard]] std::string redact(std::string text) const {
            std::vector<bool> hidden;
            for (const Known& each : known) {
                for (const Secret& spelling : each.spellings) {
                    const std::string_view value = spelling.reveal();
                    for (auto at = text.find(value); at != text.npos;
                         at = text.find(value, at + 1)) {
                        hidden.resize(text.size());
                        std::fill_n(
                            hidden.begin() + static_cast<std::ptrdiff_t>(at), value.size(), true
                        );
                    }
                }
            }
            if (hidden.empty()) return text;
            std::string redacted;
            for (std::size_t i = 0; i < text.size(); ++i) {
                if (!hidden[i]) {
                    redacted += text[i];
                } else if (i == 0 || !hidden[i - 1]) {
                    redacted += mark;
                }
            }
            return redacted;
        }

        void drop_what_nobody_needs() {
            std::erase_if(known, [this](const Known& each) { return each.let_go_by >= watches; });
        }
    };

    std::shared_ptr<State> state_ = std::make_shared<State>();
};

using KnownSecrets = BasicKnownSecrets<>;

} // namespace cellos::inline CELLOS_ABI
