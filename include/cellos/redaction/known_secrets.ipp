#pragma once

#include <cellos/core/handle.hpp>
#include <cellos/core/secret.hpp>
#include <cellos/redaction/encodings.hpp>
#include <cellos/redaction/known_secrets.hpp>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI {

struct KnownSecrets::State {
    struct Known {
        std::string cell_id;
        std::string run_id;
        std::vector<Secret> encodings;
        std::size_t let_go_by = 0;

        [[nodiscard]] bool is_of(const CellRef& cell) const noexcept {
            const bool has_names = !run_id.empty() && !cell.run_id.empty();
            return has_names ? run_id == cell.run_id : cell_id == cell.cell_id;
        }
    };

    std::mutex mutex;
    std::vector<Known> known;
    std::size_t watches = 0;

    // What any value covers is hidden as a whole: where values overlap, or one is a part of
    // another, no rest of either stays.
    [[nodiscard]] std::string redact(std::string text, const CellRef& cell) const {
        std::vector<bool> hidden;
        for (const Known& each : known) {
            if (!each.is_of(cell)) continue;
            for (const Secret& encoding : each.encodings) {
                const std::string_view value = encoding.reveal();
                for (auto at = text.find(value); at != text.npos; at = text.find(value, at + 1)) {
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

CELLOS_DECL KnownSecrets::KnownSecrets() : state_{std::make_shared<State>()} {}

CELLOS_DECL KnownSecrets::Watch KnownSecrets::watch() const {
    return Watch{state_};
}

CELLOS_DECL Result<void> KnownSecrets::learn(
    const CellHandle& cell, std::string_view reference, std::string_view value
) {
    State::Known known{cell.cell_id, cell.run_id.value_or(std::string{}), detail::encodings(value)};
    const std::lock_guard lock{state_->mutex};
    if (state_->watches == 0 || value.empty()) return {};
    const auto refuse = [&](const std::string& why) {
        return failure(
            CellosError::Kind::SecretBroker, "the value of " + std::string{reference} + ' ' + why
        );
    };
    if (value.size() < shortest)
        return refuse(
            "has fewer than " + std::to_string(shortest) +
            " bytes, too few to be kept out of the events: choose a longer secret, or write no "
            "redacted events"
        );
    const auto is_in = [&](std::string_view name) {
        return std::ranges::any_of(known.encodings, [&](const Secret& encoding) {
            return name.find(encoding.reveal()) != name.npos;
        });
    };
    if (is_in(cell.cell_id) || is_in(reference))
        return refuse(
            "is a part of the cell's id or of its own name, which the events tell: choose "
            "others"
        );
    state_->known.push_back(std::move(known));
    return {};
}

inline KnownSecrets::Watch::Watch(std::shared_ptr<State> state) : state_{std::move(state)} {
    const std::lock_guard lock{state_->mutex};
    ++state_->watches;
}

CELLOS_DECL KnownSecrets::Watch::~Watch() {
    if (!state_) return;
    const std::lock_guard lock{state_->mutex};
    --state_->watches;
    state_->drop_what_nobody_needs();
}

CELLOS_DECL std::string KnownSecrets::Watch::redact(std::string text, const CellRef& cell) const {
    const std::lock_guard lock{state_->mutex};
    return state_->redact(std::move(text), cell);
}

CELLOS_DECL void KnownSecrets::Watch::let_go(std::string_view run_id) {
    if (run_id.empty()) return;
    const std::lock_guard lock{state_->mutex};
    for (State::Known& known : state_->known)
        if (known.run_id == run_id) ++known.let_go_by;
    state_->drop_what_nobody_needs();
}

} // namespace cellos::inline CELLOS_ABI
