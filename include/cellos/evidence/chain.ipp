#pragma once

#include <cellos/evidence/chain.hpp>
#include <cellos/json/event.hpp>

#include <charconv>
#include <span>
#include <utility>

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL std::string signed_text(CloudEvent event) {
    event.extensions.erase(ChainAttribute::signature);
    return to_json(event);
}

CELLOS_DECL std::string digest_of(const HasherFactory& sha256, std::string_view line) {
    const auto hasher = sha256();
    hasher->update(std::as_bytes(std::span{line}));
    return hasher->finish();
}

CELLOS_DECL ChainCheck::ChainCheck(HasherFactory sha256, std::optional<SignatureCheck> signature)
    : sha256_{std::move(sha256)}, signature_{std::move(signature)} {}

CELLOS_DECL Result<void> ChainCheck::follow(const CloudEvent& event, std::string_view line) {
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

inline Result<void> ChainCheck::check_signature(
    const CloudEvent& event, const std::string& key, const std::string& signature
) const {
    if (!signature_) return {};
    if (signature.empty()) return refuse("has lost its signature");
    if (key != signature_->key) return refuse("is signed with another key than " + signature_->key);
    if (!signature_->holds(signed_text(event), signature))
        return refuse("was changed: its signature does not hold");
    return {};
}

inline tl::unexpected<CellosError> ChainCheck::refuse(std::string what) {
    return failure(CellosError::Kind::EventSink, std::move(what));
}

} // namespace cellos::inline CELLOS_ABI
