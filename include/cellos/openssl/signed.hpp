#pragma once

#include <cellos/core/decorate.hpp>
#include <cellos/core/event.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>
#include <cellos/openssl/ed25519.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace cellos::inline CELLOS_ABI {

namespace detail {

/// The chain of one `Signed`.
struct SigningChain {
    CELLOS_DECL explicit SigningChain(Ed25519PrivateKey signing_key);

    /// Makes `event` the next one of the chain, and signs it. An event takes its place also where
    /// signing fails.
    [[nodiscard]] CELLOS_DECL Result<void> link(CloudEvent& event);

    std::mutex mutex{}; ///< for whoever links, until the event has arrived
    Ed25519PrivateKey key;
    std::string id{}; // made for the first event
    std::uint64_t length = 0;
    std::string digest{}; ///< of the last event
};

} // namespace detail

/// Signs events and chains them, as <cellos/evidence/chain.hpp> says, before it passes them on.
/// There is no way to have one without a key: `Ed25519PrivateKey` is made of a good one or not at
/// all.
///
///     auto key = Ed25519PrivateKey::read("signing.pem");
///     if (!key) return failure_of(key);
///     KnownSecrets secrets; // shared with the Redacting broker
///     Signed sink{Redacted{JsonLinesEventSink{"events.jsonl"}, secrets}, *std::move(key)};
///     Supervisor supervisor{GVisorCellBackend{}, std::move(sink)};
///
/// What it signs is what arrives: a sink inside that alters events does so first. An event that
/// could not be passed on has taken its place in the chain all the same: it shows that it is
/// missing. The errors are those of `Sink`, and an EventSink error where OpenSSL cannot sign.
///
/// Owns `sink`, or refers to it where that is a std::ref. Thread-safe, one event after the other;
/// several of them, also in several processes, may write to one file. Movable as long as nobody
/// emits. Belongs to the CMake component `openssl`.
template <EventSink Sink>
class Signed {
public:
    static constexpr std::string_view name = detail::port_name_of<Sink>;

    Signed(Sink sink, Ed25519PrivateKey key)
        : sink_{std::forward<Sink>(sink)},
          chain_{std::make_unique<detail::SigningChain>(std::move(key))} {}

    [[nodiscard]] Result<void> emit(const CloudEvent& event) {
        CloudEvent arriving = detail::as_altered_by(sink_, event);
        // Until it has arrived, so that the lines of a chain are in its order.
        const std::lock_guard lock{chain_->mutex};
        if (auto linked = chain_->link(arriving); !linked) return linked;
        return detail::emit_altered_by(sink_, arriving);
    }

private:
    Sink sink_;
    std::unique_ptr<detail::SigningChain> chain_;
};

template <class Sink>
Signed(Sink&&, Ed25519PrivateKey) -> Signed<std::unwrap_ref_decay_t<Sink>>;

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/openssl/signed.ipp>
#endif
