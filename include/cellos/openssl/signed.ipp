#pragma once

#include <cellos/evidence/chain.hpp>
#include <cellos/json/event.hpp>
#include <cellos/openssl/sha256.hpp>
#include <cellos/openssl/signed.hpp>
#include <cellos/os/uuid.hpp>

namespace cellos::inline CELLOS_ABI::detail {

CELLOS_DECL SigningChain::SigningChain(Ed25519PrivateKey signing_key)
    : key{std::move(signing_key)} {}

CELLOS_DECL Result<void> SigningChain::link(CloudEvent& event) {
    ++length; // a lost event is missing in the chain
    if (id.empty()) {
        auto made = os::UuidSource{}.next();
        if (!made) return failure_of(made);
        id = *std::move(made);
    }
    event.extensions[ChainAttribute::chain] = id;
    event.extensions[ChainAttribute::sequence] = std::to_string(length);
    event.extensions[ChainAttribute::key] = key.id();
    if (!digest.empty()) event.extensions[ChainAttribute::previous] = digest;
    auto signature = key.sign(signed_text(event));
    if (!signature) return failure_of(signature);
    event.extensions[ChainAttribute::signature] = *std::move(signature);
    digest = digest_of(openssl_sha256(), to_json(event));
    return {};
}

} // namespace cellos::inline CELLOS_ABI::detail
