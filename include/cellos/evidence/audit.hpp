#pragma once

#include <cellos/core/event.hpp>
#include <cellos/core/hasher.hpp>
#include <cellos/core/if_used.hpp>
#include <cellos/core/result.hpp>
#include <cellos/evidence/chain.hpp>
#include <cellos/evidence/checksum.hpp>
#include <cellos/json/event.hpp>
#include <cellos/json/parse_event.hpp>
#include <cellos/lifecycle/replay.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// Something that is wrong with a file of events.
struct AuditFinding {
    std::size_t line = 0;  ///< counted from 1
    std::string subject{}; ///< of which cell; empty where the line does not tell
    std::string message{};
};

/// What an audit came to. The events are evidence of what they tell if there are no findings.
struct AuditReport {
    std::size_t events = 0;
    std::size_t lives = 0; ///< of cells, begun or complete
    std::size_t signed_events = 0;
    std::vector<AuditFinding> findings{}; ///< in the order of the lines
};

/// Checks a file of events as JsonLinesEventSink writes it: that every line is an event, written as
/// this library writes it, and as its checksum says; that the events of each life are a legal and
/// complete history (Replay), however the lives are mixed; and that signed events are a chain in
/// which nothing was changed, moved or left out.
///
/// Needs memory for the lives that are open and the ids of those that are not, not for the file.
template <class = IfUsed>
class BasicEventAudit {
public:
    struct Options {
        HasherFactory sha256{}; ///< empty: the links between signed events are not compared
        /// Then every event must be signed with this key. Empty: signatures are not looked at.
        std::optional<SignatureCheck> signature{};
    };

    explicit BasicEventAudit(Options options)
        : chains_{std::move(options.sha256), std::move(options.signature)} {}

    /// Takes the next line, without its newline.
    void line(std::string_view text) {
        ++lines_;
        auto event = parse_event(text);
        if (!event) {
            std::string message = std::move(event).error().message;
            for (std::size_t at = 0; (at = message.find('\n', at)) != message.npos;)
                message.replace(at, 1, "; ");
            return find({}, "is no event: " + message);
        }
        ++report_.events;
        if (to_json(*event) != text) find(event->subject, "is not written as events are");
        if (const std::string sum = extension(*event, checksum_attribute);
            !sum.empty() && sum != checksum_of(*event))
            find(event->subject, "was changed: its checksum is of another text");
        if (auto linked = chains_.follow(*event, text); !linked)
            find(event->subject, std::move(linked).error().message);
        follow(*event);
    }

    /// To be called after the last line: now every life must have come to its end.
    [[nodiscard]] AuditReport finish() && {
        for (const auto& [life, open] : open_)
            if (!open.refused)
                report_.findings.push_back(
                    {open.last_line, life.first, "is the cell's last event, but not its end"}
                );
        report_.signed_events = chains_.signed_events();
        return std::move(report_);
    }

private:
    using Life = std::pair<std::string, std::string>; // its subject and its run

    struct Open {
        Replay replay{};
        std::size_t last_line = 0;
        bool has_checksums = false;
        bool refused = false; // what follows has no meaning then
    };

    void find(std::string subject, std::string message) {
        report_.findings.push_back({lines_, std::move(subject), std::move(message)});
    }

    void follow(const CloudEvent& event) {
        Life life{event.subject, extension(event, cell_run_attribute)};
        if (closed_.contains(life.second)) return find(event.subject, "comes after the cell's end");
        const auto [place, is_new] = open_.try_emplace(std::move(life));
        if (is_new) ++report_.lives;
        Open& open = place->second;
        open.last_line = lines_;
        const bool has_checksum = event.extensions.contains(checksum_attribute);
        if (is_new) open.has_checksums = has_checksum;
        if (has_checksum != open.has_checksums)
            find(event.subject, "has a checksum, or has none, unlike the events before it");
        if (!open.refused) {
            if (auto followed = open.replay.follow(event); !followed) {
                open.refused = true;
                find(event.subject, std::move(followed).error().message);
            }
        }
        if (std::holds_alternative<CellDestroyed>(event.data)) {
            if (!place->first.second.empty()) closed_.insert(place->first.second);
            open_.erase(place);
        }
    }

    ChainCheck chains_;
    std::map<Life, Open> open_{};
    std::set<std::string> closed_{}; // runs
    std::size_t lines_ = 0;
    AuditReport report_{};
};

using EventAudit = BasicEventAudit<>;

} // namespace cellos::inline CELLOS_ABI
