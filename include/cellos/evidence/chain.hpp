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
/// How signed events hang together. Every signing sink writes a chain of its own; each event of it
/// carries, as CloudEvents extension attributes,
///
///     sigchain      which chain: a random UUID
///     sigsequence   its place in the chain, from 1
///     sigprevious   SHA-256 of the line of the event before it, in hexadecimal; not on the first
///     sigkey        which key: the first 16 digits of the SHA-256 of the public key's 32 bytes
///     signature     Ed25519, in base64
///
/// What is signed are the bytes that `to_json` writes of the event with all its attributes but
/// `signature`. What is digested is the whole line, signature included, without the newline. So an
/// event that was changed has no valid signature, and one that is missing, doubled or moved breaks
/// the sequence. That the end of a chain is missing shows only in the cells that it leaves open.

namespace cellos::inline CELLOS_ABI {

/// The names of those extension attributes.
struct ChainAttribute {
    static constexpr const char* chain = "sigchain";
    static constexpr const char* sequence = "sigsequence";
    static constexpr const char* previous = "sigprevious";
    static constexpr const char* key = "sigkey";
    static constexpr const char* signature = "signature";
};

/// What a signature of the event is made of. Thread-safe.
[[nodiscard]] CELLOS_DECL std::string signed_text(CloudEvent event);

/// The digest of a line (without its newline), as the next event of the chain carries it. `sha256`
/// must not be empty. As thread-safe as that is.
[[nodiscard]] CELLOS_DECL std::string digest_of(const HasherFactory& sha256, std::string_view line);

/// Tells whether a signature (in base64) of a text was made with the key called `key`;
/// <cellos/openssl/ed25519.hpp> makes one of a public key.
struct SignatureCheck {
    std::string key{};
    std::function<bool(std::string_view text, std::string_view signature)> holds{};
};

/// Follows the chains of one file, line by line. Keeps the last event of each chain, and not the
/// lines. For one thread at a time.
class ChainCheck {
public:
    /// `sha256` may be empty, then no digest is compared, and so may `signature`, then no signature
    /// is looked at and unsigned events are welcome.
    CELLOS_DECL ChainCheck(HasherFactory sha256, std::optional<SignatureCheck> signature);

    /// `line` is what `event` was read from, without its newline. The error, of the kind EventSink,
    /// is what is said of the event: "is not signed". After a refusal the next event is compared
    /// with this one.
    [[nodiscard]] CELLOS_DECL Result<void> follow(const CloudEvent& event, std::string_view line);

    /// Events that carried a signature, checked or not.
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
