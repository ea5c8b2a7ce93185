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

/// The chain of one `Signed` sink.
struct SigningChain {
    CELLOS_DECL explicit SigningChain(Ed25519PrivateKey signing_key);

    /// Makes `event` the next one of the chain, and signs it. The event takes its place even if
    /// signing fails. Call it with `mutex` locked.
    [[nodiscard]] CELLOS_DECL Result<void> link(CloudEvent& event);

    std::mutex mutex{}; ///< to be locked from linking an event until it has been emitted
    Ed25519PrivateKey key;
    std::string id{}; // drawn for the first event
    std::uint64_t length = 0;
    std::string digest{}; ///< of the last event
};

} // namespace detail

/// Signs events and links them to a chain (<cellos/evidence/chain.hpp>) before it passes them on.
/// It always has a valid key, since an `Ed25519PrivateKey` cannot be made from anything else.
///
///     auto key = Ed25519PrivateKey::read("signing.pem");
///     if (!key) return failure_of(key);
///     KnownSecrets secrets; // shared with the Redacting broker
///     Signed sink{Redacted{JsonLinesEventSink{"events.jsonl"}, secrets}, *std::move(key)};
///     Supervisor supervisor{GVisorCellBackend{}, std::move(sink)};
///
/// It signs events as they arrive: if the decorated sink alters events, it does so first. An event
/// that could not be passed on keeps its place in the chain, so that its absence is noticed. The
/// errors are those of `Sink`, and EventSink if OpenSSL cannot sign.
///
/// Owns `sink`, or refers to it if that is a std::ref. Thread-safe; events are emitted one after
/// the other. Several `Signed` sinks, even in several processes, may write to one file. Movable
/// while no `emit` is in progress. Belongs to the CMake component `openssl`.
template <EventSink Sink>
class Signed {
public:
    static constexpr std::string_view name = detail::port_name_of<Sink>;

    Signed(Sink sink, Ed25519PrivateKey key)
        : sink_{std::forward<Sink>(sink)},
          chain_{std::make_unique<detail::SigningChain>(std::move(key))} {}

    [[nodiscard]] Result<void> emit(const CloudEvent& event) {
        CloudEvent arriving = detail::as_altered_by(sink_, event);
        // Held until the event has arrived, so that the lines of a chain are in order.
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
