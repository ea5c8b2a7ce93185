#pragma once

#include <cellos/host/sandbox/agent/line.hpp>
#include <cellos/os/wait.hpp>

#include <cstddef>
#include <utility>

namespace cellos::inline CELLOS_ABI::sandbox::agent {

CELLOS_DECL Result<Line::Call> Line::call(std::uint32_t id) {
    auto told = os::make_event();
    if (!told) return failure_of(told);
    auto slot = std::make_unique<Slot>();
    slot->told = *std::move(told);
    const std::lock_guard lock{mutex_};
    slots_.insert_or_assign(id, slot.get());
    return Call{*this, id, std::move(slot)};
}

CELLOS_DECL void Line::send(Request request) {
    const std::lock_guard lock{mutex_};
    channel_->send(std::move(request));
}

inline pollfd Line::waited() const {
    const std::lock_guard lock{mutex_};
    return channel_->waited();
}

inline Result<std::optional<Tell>> Line::take(Slot& slot) {
    const std::lock_guard lock{mutex_};
    while (!is_broken_) {
        auto tell = channel_->pump();
        if (tell && !*tell) break;
        is_broken_ = !tell || !hand_out(**tell, slot);
        if (!is_broken_) continue;
        for (const auto& [id, other] : slots_) os::Raise{other->told.get()}();
    }
    if (!slot.tells.empty()) {
        const Tell first = slot.tells.front();
        slot.tells.pop_front();
        // Of what has come together with it, poll is not going to tell otherwise.
        if (!slot.tells.empty())
            os::Raise{slot.told.get()}();
        else if (!is_broken_)
            os::lower(slot.told.get());
        return first;
    }
    if (!is_broken_) return std::nullopt;
    return failure(CellosError::Kind::SandboxFailed, "the sandbox has ended");
}

// False: nobody has asked for it, or for so much.
inline bool Line::hand_out(const Tell& tell, const Slot& taker) {
    const bool is_last = tell.kind != Kind::Started;
    const auto found = slots_.find(tell.id);
    if (found == slots_.end()) {
        if (!forgotten_.contains(tell.id)) return false;
        if (is_last) forgotten_.erase(tell.id);
        return true;
    }
    Slot& slot = *found->second;
    constexpr std::size_t most = 2; // that a command has started, and its end
    if (slot.tells.size() == most) return false;
    slot.tells.push_back(tell);
    slot.is_answered = is_last;
    if (&slot != &taker) os::Raise{slot.told.get()}();
    return true;
}

inline void Line::forget(std::uint32_t id) {
    const std::lock_guard lock{mutex_};
    const auto found = slots_.find(id);
    if (!found->second->is_answered) forgotten_.insert(id);
    slots_.erase(found);
}

inline Line::Call::Call(Line& line, std::uint32_t id, std::unique_ptr<Slot> slot) noexcept
    : line_{&line}, id_{id}, slot_{std::move(slot)} {}

CELLOS_DECL Line::Call::Call(Call&&) noexcept = default;

CELLOS_DECL Line::Call& Line::Call::operator=(Call&& other) noexcept {
    if (slot_ && this != &other) line_->forget(id_);
    line_ = other.line_;
    id_ = other.id_;
    slot_ = std::move(other.slot_);
    return *this;
}

CELLOS_DECL Line::Call::~Call() {
    if (slot_) line_->forget(id_);
}

CELLOS_DECL std::array<pollfd, 2> Line::Call::waited() const {
    return {{line_->waited(), {slot_->told.get(), POLLIN, 0}}};
}

CELLOS_DECL Result<std::optional<Tell>> Line::Call::take() {
    return line_->take(*slot_);
}

} // namespace cellos::inline CELLOS_ABI::sandbox::agent
