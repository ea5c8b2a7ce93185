#pragma once

#include <cellos/core/fwd.hpp>
#include <cellos/core/hasher.hpp>
#include <cellos/evidence/chain.hpp>
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
    std::string message{}; ///< what is said of the line: "is not signed"
};

/// What an audit came to. The events are evidence of what they tell if there are no findings.
struct AuditReport {
    std::size_t events = 0;
    std::size_t lives = 0; ///< of cells, begun or complete
    std::size_t signed_events = 0;
    /// In the order of the lines; behind them the lives that have no end.
    std::vector<AuditFinding> findings{};
};

/// Checks a file of events as JsonLinesEventSink writes it: that every line is an event, written as
/// this library writes it, and as its checksum says; that the events of each life are a legal and
/// complete history (Replay), however the lives are mixed; and that signed events are a chain in
/// which nothing was changed, moved or left out.
///
///     EventAudit audit{{openssl_sha256(), public_key.check()}};
///     for (std::string line; std::getline(file, line);) audit.line(line);
///     const AuditReport report = std::move(audit).finish();
///     for (const AuditFinding& finding : report.findings)
///         std::cerr << finding.line << ": " << finding.message << '\n';
///
/// It fails on nothing that a line may hold: that is a finding. Needs memory for the lives that are
/// open and the ids of those that are not, not for the file. For one thread at a time.
class EventAudit {
public:
    struct Options {
        HasherFactory sha256{}; ///< empty: the links between signed events are not compared
        /// Then every event must be signed with this key. Empty: signatures are not looked at.
        std::optional<SignatureCheck> signature{};
    };

    CELLOS_DECL explicit EventAudit(Options options);

    /// Takes the next line, without its newline.
    CELLOS_DECL void line(std::string_view text);

    /// To be called once, after the last line: now every life must have come to its end.
    [[nodiscard]] CELLOS_DECL AuditReport finish() &&;

private:
    using Life = std::pair<std::string, std::string>; // its subject and its run

    struct Open {
        Replay replay{};
        std::size_t last_line = 0;
        bool has_checksums = false;
        bool refused = false; // what follows has no meaning then
    };

    void find(std::string subject, std::string message);
    void follow(const CloudEvent& event);

    ChainCheck chains_;
    std::map<Life, Open> open_{};
    std::set<std::string> closed_{}; // runs
    std::size_t lines_ = 0;
    AuditReport report_{};
};

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/evidence/audit.ipp>
#endif
