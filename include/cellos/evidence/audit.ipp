#pragma once

#include <cellos/core/event.hpp>
#include <cellos/core/result.hpp>
#include <cellos/evidence/audit.hpp>
#include <cellos/evidence/checksum.hpp>
#include <cellos/json/event.hpp>
#include <cellos/json/parse_event.hpp>

#include <variant>

namespace cellos::inline CELLOS_ABI {

namespace detail {

[[nodiscard]] inline bool is_last(const EventData& data) noexcept {
    return std::holds_alternative<CellDestroyed>(data) ||
           std::holds_alternative<PolicyRefused>(data) || std::holds_alternative<CellRefused>(data);
}

} // namespace detail

CELLOS_DECL EventAudit::EventAudit(Options options)
    : chains_{std::move(options.sha256), std::move(options.signature)} {}

CELLOS_DECL void EventAudit::line(std::string_view text) {
    ++lines_;
    if (text.find_first_not_of(' ') == text.npos) return;
    auto event = parse_event(text);
    if (!event) {
        std::string message = std::move(event).error().message;
        for (std::size_t at = 0; (at = message.find('\n', at)) != message.npos;)
            message.replace(at, 1, "; ");
        return find({}, "is no event: " + message);
    }
    ++report_.events;
    if (to_json(*event) != text) find(event->subject, "is not written as events are");
    const std::string sum = extension(*event, checksum_attribute);
    if (!sum.empty() && sum != checksum_of(*event))
        find(event->subject, "was changed: its checksum is of another text");
    if (auto linked = chains_.follow(*event, text); !linked) {
        find(event->subject, std::move(linked).error().message);
    } else if (sum.empty() && extension(*event, ChainAttribute::signature).empty()) {
        find(event->subject, "has neither a checksum nor a signature: they were taken away");
    }
    follow(*event);
}

CELLOS_DECL AuditReport EventAudit::finish() && {
    for (const auto& [life, open] : open_)
        if (!open.refused)
            report_.findings.push_back(
                {open.last_line, life.first, "is the cell's last event, but not its end"}
            );
    report_.signed_events = chains_.signed_events();
    return std::move(report_);
}

inline void EventAudit::find(std::string subject, std::string message) {
    report_.findings.push_back({lines_, std::move(subject), std::move(message)});
}

inline void EventAudit::follow(const CloudEvent& event) {
    Life life{event.subject, extension(event, cell_run_attribute)};
    if (closed_.contains(life.second)) return find(event.subject, "comes after the cell's end");
    const auto [place, is_new] = open_.try_emplace(std::move(life));
    if (is_new) ++report_.lives;
    Open& open = place->second;
    open.last_line = lines_;
    const bool is_signed = !extension(event, ChainAttribute::signature).empty();
    if (is_new) open.is_signed = is_signed;
    if (is_signed != open.is_signed)
        find(event.subject, "is signed, or is not, unlike the events before it");
    if (!open.refused) {
        if (auto followed = open.replay.follow(event); !followed) {
            open.refused = true;
            find(event.subject, std::move(followed).error().message);
        }
    }
    if (detail::is_last(event.data)) {
        if (!place->first.second.empty()) closed_.insert(place->first.second);
        open_.erase(place);
    }
}

} // namespace cellos::inline CELLOS_ABI
