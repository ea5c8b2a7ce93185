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

/// A fault in a file of events.
struct AuditFinding {
    std::size_t line = 0;  ///< counted from 1
    std::string subject{}; ///< the subject of the cell; empty if the line has none. From the file.
    std::string message{}; ///< a predicate about the line: "is not signed"
};

/// The result of an audit. Without findings, the events are evidence of what they record.
struct AuditReport {
    std::size_t events = 0;
    std::size_t lives = 0; ///< lives of cells, complete or not
    std::size_t signed_events = 0;
    /// In the order of the lines, followed by the lives without an end.
    std::vector<AuditFinding> findings{};
};

/// Checks a file of events as JsonLinesEventSink writes it: that every line is an event in the form
/// that this library writes, signed or with a checksum, and matches its checksum; that the events
/// of each life are a legal and complete history (Replay), however the lives are interleaved; and
/// that signed events form a chain in which nothing was changed, moved or left out. A line of
/// blanks is what a full disk leaves of a line: it is skipped, and the event that it was is
/// missing.
///
///     EventAudit audit{{openssl_sha256(), public_key.check()}};
///     for (std::string line; std::getline(file, line);) audit.line(line);
///     const AuditReport report = std::move(audit).finish();
///     for (const AuditFinding& finding : report.findings)
///         std::cerr << finding.line << ": " << visible(finding.message) << '\n';
///
/// No content of a line makes it fail: whatever is wrong becomes a finding. It needs memory for the
/// open lives and for the ids of closed ones, but not for the file. For one thread at a time.
class EventAudit {
public:
    struct Options {
        HasherFactory sha256{}; ///< empty: the links between signed events are not checked
        /// If set, every event must be signed with this key. Empty: signatures are not checked.
        std::optional<SignatureCheck> signature{};
    };

    CELLOS_DECL explicit EventAudit(Options options);

    /// Checks the next line, without its newline.
    CELLOS_DECL void line(std::string_view text);

    /// Call it once, after the last line: every life must have ended by then.
    [[nodiscard]] CELLOS_DECL AuditReport finish() &&;

private:
    using Life = std::pair<std::string, std::string>; // its subject and its run

    struct Open {
        Replay replay{};
        std::size_t last_line = 0;
        bool is_signed = false;
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
