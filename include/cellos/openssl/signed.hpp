#pragma once

#include <cellos/core/decorate.hpp>
#include <cellos/core/event.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>
#include <cellos/evidence/chain.hpp>
#include <cellos/json/event.hpp>
#include <cellos/openssl/ed25519.hpp>
#include <cellos/openssl/sha256.hpp>
#include <cellos/supervisor/uuid.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace cellos::inline CELLOS_ABI {

/// Signs events and chains them, as <cellos/evidence/chain.hpp> says, before it passes them on.
/// There is no way to have one without a key: `Ed25519PrivateKey` is made of a good one or not at
/// all.
///
///     auto key = Ed25519PrivateKey::read("signing.pem");
///     if (!key) return key.error();
///     Signed sink{Redacted{JsonLinesEventSink{"events.jsonl"}, secrets}, *std::move(key)};
///
/// What it signs is what arrives: a sink inside that alters events does so first. An event that
/// could not be passed on has taken its place in the chain all the same: it shows that it is
/// missing. Thread-safe; several of them, also in several processes, may write to one file.
/// Belongs to the CMake component `openssl`.
template <EventSink Sink>
class Signed {
public:
    static constexpr std::string_view name = detail::port_name_of<Sink>;

    Signed(Sink sink, Ed25519PrivateKey key)
        : sink_{std::forward<Sink>(sink)}, chain_{std::make_unique<Chain>(std::move(key))} {}

    [[nodiscard]] Result<void> emit(const CloudEvent& event) {
        CloudEvent arriving = detail::as_altered_by(sink_, event);
        // Until it has arrived, so that the lines of a chain are in its order.
        const std::lock_guard lock{chain_->mutex};
        if (auto linked = chain_->link(arriving); !linked) return linked;
        return detail::emit_altered_by(sink_, arriving);
    }

private:
    struct Chain {
        explicit Chain(Ed25519PrivateKey signing_key) : key{std::move(signing_key)} {}

        [[nodiscard]] Result<void> link(CloudEvent& event) {
            ++length;
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

        std::mutex mutex{};
        Ed25519PrivateKey key;
        std::string id = detail::UuidSource{}.next();
        std::uint64_t length = 0;
        std::string digest{}; // of the last event
    };

    Sink sink_;
    std::unique_ptr<Chain> chain_;
};

template <class Sink>
Signed(Sink&&, Ed25519PrivateKey) -> Signed<std::unwrap_ref_decay_t<Sink>>;

} // namespace cellos::inline CELLOS_ABI
