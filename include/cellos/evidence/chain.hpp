#pragma once

#include <cellos/core/event.hpp>
#include <cellos/core/hasher.hpp>
#include <cellos/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

/// @file
/// How signed events are linked. Every signing sink writes its own chain; each event in it has
/// these CloudEvents extension attributes:
///
///     sigchain      which chain: a random UUID
///     sigsequence   its place in the chain, from 1
///     sigprevious   SHA-256 of the line of the event before it, in hexadecimal; not on the first
///     sigkey        which key: the first 16 digits of the SHA-256 of the public key's 32 bytes
///     signature     Ed25519, in base64
///
/// The signature covers the bytes that `to_json` writes for the event with all its attributes
/// except `signature`. The digest covers the whole line, including the signature, without the
/// newline. So a changed event has no valid signature, and a missing, duplicated or moved event
/// breaks the sequence. If the end of a chain is missing, that is noticed only by the cells it
/// leaves open.

namespace cellos::inline CELLOS_ABI {

/// The names of those extension attributes.
struct ChainAttribute {
    static constexpr const char* chain = "sigchain";
    static constexpr const char* sequence = "sigsequence";
    static constexpr const char* previous = "sigprevious";
    static constexpr const char* key = "sigkey";
    static constexpr const char* signature = "signature";
};

/// The text that the signature of the event covers. Thread-safe.
[[nodiscard]] CELLOS_DECL std::string signed_text(CloudEvent event);

/// The digest of a line (without its newline), as it appears in the next event of the chain.
/// `sha256` must not be empty. As thread-safe as `sha256`.
[[nodiscard]] CELLOS_DECL std::string digest_of(const HasherFactory& sha256, std::string_view line);

/// Checks signatures made with the key whose id is `key`: `holds` returns whether `signature`, in
/// base64, is a signature of `text`. Ed25519PublicKey::check() (<cellos/openssl/ed25519.hpp>) makes
/// one.
struct SignatureCheck {
    std::string key{};
    std::function<bool(std::string_view text, std::string_view signature)> holds{};
};

/// Checks the chains of one file, line by line. It remembers the last event of each chain, not the
/// lines. For one thread at a time.
class ChainCheck {
public:
    /// If `sha256` is empty, digests are not compared. If `signature` is empty, signatures are not
    /// checked and unsigned events are accepted.
    CELLOS_DECL ChainCheck(HasherFactory sha256, std::optional<SignatureCheck> signature);

    /// Checks an event and the line that it was read from, without its newline. The error
    /// (EventSink) is a predicate about the event: "is not signed". After an error the next event
    /// is still compared with this one.
    [[nodiscard]] CELLOS_DECL Result<void> follow(const CloudEvent& event, std::string_view line);

    /// The number of events with a signature, checked or not.
    [[nodiscard]] std::size_t signed_events() const noexcept { return signed_events_; }

private:
    struct Link {
        std::uint64_t place = 0;
        std::string digest{};
    };

    [[nodiscard]] Result<void> check_signature(
        const CloudEvent& event, const std::string& key, const std::string& signature
    ) const;
    [[nodiscard]] static tl::unexpected<CellosError> refuse(std::string what);

    HasherFactory sha256_;
    std::optional<SignatureCheck> signature_;
    std::map<std::string, Link> chains_{}; // their last events
    std::size_t signed_events_ = 0;
};

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/evidence/chain.ipp>
#endif
