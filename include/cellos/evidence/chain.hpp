#pragma once

#include <cellos/core/event.hpp>
#include <cellos/core/hasher.hpp>
#include <cellos/core/if_used.hpp>
#include <cellos/core/result.hpp>
#include <cellos/json/event.hpp>

#include <charconv>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

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

struct ChainAttribute {
    static constexpr const char* chain = "sigchain";
    static constexpr const char* sequence = "sigsequence";
    static constexpr const char* previous = "sigprevious";
    static constexpr const char* key = "sigkey";
    static constexpr const char* signature = "signature";
};

/// What a signature of the event is made of.
[[nodiscard]] inline std::string signed_text(CloudEvent event);

/// The digest of a line, as the next event of the chain carries it.
[[nodiscard]] inline std::string digest_of(const HasherFactory& sha256, std::string_view line);

namespace detail {

template <class = IfUsed>
[[nodiscard]] std::string text_to_sign(CloudEvent event) {
    event.extensions.erase(ChainAttribute::signature);
    return to_json(event);
}

template <class = IfUsed>
[[nodiscard]] std::string line_digest(const HasherFactory& sha256, std::string_view line) {
    const auto hasher = sha256();
    hasher->update(std::as_bytes(std::span{line}));
    return hasher->finish();
}

} // namespace detail

template <class Lazy>
struct ChainDefinitions {
    friend std::string signed_text(CloudEvent event) {
        return detail::text_to_sign<Lazy>(std::move(event));
    }
    friend std::string digest_of(const HasherFactory& sha256, std::string_view line) {
        return detail::line_digest<Lazy>(sha256, line);
    }
};
static_assert(defined_if_used<ChainDefinitions>);

/// Tells whether a signature (in base64) of a text was made with the key called `key`;
/// <cellos/openssl/ed25519.hpp> makes one of a public key.
struct SignatureCheck {
    std::string key{};
    std::function<bool(std::string_view text, std::string_view signature)> holds{};
};

/// Follows the chains of a file, line by line.
template <class = IfUsed>
class BasicChainCheck {
public:
    /// `sha256` may be empty, then no digest is compared, and so may `signature`, then no signature
    /// is looked at and unsigned events are welcome.
    BasicChainCheck(HasherFactory sha256, std::optional<SignatureCheck> signature)
        : sha256_{std::move(sha256)}, signature_{std::move(signature)} {}

    /// `line` is what `event` was read from. After a refusal the next event is compared with this
    /// one.
    [[nodiscard]] Result<void> follow(const CloudEvent& event, std::string_view line) {
        const auto attribute = [&](const char* name) -> const std::string& {
            static const std::string absent;
            const auto found = event.extensions.find(name);
            return found == event.extensions.end() ? absent : found->second;
        };
        const std::string& chain = attribute(ChainAttribute::chain);
        const std::string& signature = attribute(ChainAttribute::signature);
        if (chain.empty() && signature.empty()) {
            if (signature_) return refuse("is not signed");
            return {};
        }
        ++signed_events_;

        Link& last = chains_[chain];
        const Link expected = last;
        const std::string& sequence = attribute(ChainAttribute::sequence);
        std::uint64_t place = 0;
        std::from_chars(sequence.data(), sequence.data() + sequence.size(), place);
        last = {place, sha256_ ? digest_of(sha256_, line) : std::string{}};

        if (auto held = check_signature(event, attribute(ChainAttribute::key), signature); !held)
            return held;
        if (place <= expected.place)
            return refuse("is doubled, or stands behind a later event of its chain");
        if (place > expected.place + 1)
            return refuse(
                "is event " + std::to_string(place) + " of its chain, and event " +
                std::to_string(expected.place + 1) + " does not stand before it"
            );
        if (sha256_ && attribute(ChainAttribute::previous) != expected.digest)
            return refuse("does not follow the event before it: that one was changed");
        return {};
    }

    /// Events that carried a signature, checked or not.
    [[nodiscard]] std::size_t signed_events() const noexcept { return signed_events_; }

private:
    struct Link {
        std::uint64_t place = 0;
        std::string digest{};
    };

    [[nodiscard]] static tl::unexpected<CellosError> refuse(std::string what) {
        return failure(CellosError::Kind::EventSink, std::move(what));
    }

    [[nodiscard]] Result<void> check_signature(
        const CloudEvent& event, const std::string& key, const std::string& signature
    ) const {
        if (!signature_) return {};
        if (signature.empty()) return refuse("has lost its signature");
        if (key != signature_->key)
            return refuse("is signed with another key than " + signature_->key);
        if (!signature_->holds(signed_text(event), signature))
            return refuse("was changed: its signature does not hold");
        return {};
    }

    HasherFactory sha256_;
    std::optional<SignatureCheck> signature_;
    std::map<std::string, Link> chains_{}; // their last events
    std::size_t signed_events_ = 0;
};

using ChainCheck = BasicChainCheck<>;

} // namespace cellos::inline CELLOS_ABI
