#pragma once

#include "options.hpp"

#include <cellos/core/port_concepts.hpp>
#include <cellos/redaction/known_secrets.hpp>
#include <cellos/redaction/redacted.hpp>
#include <cellos/sink/json_lines.hpp>
#ifdef CELLOS_HAS_OPENSSL
#include <cellos/openssl/signed.hpp>
#endif

#include <memory>
#include <utility>
#include <variant>

namespace cellos_run {

/// The sink that the command line chose: none, a file of events, or a file of signed events. No
/// event leaves with the value of a secret in it.
class EventOutput {
public:
    static constexpr std::string_view name = "events";

    /// Fails before anything has run where the file or the key is of no use.
    [[nodiscard]] static cellos::Result<EventOutput> open(
        const Options& options, const cellos::KnownSecrets& secrets
    ) {
        EventOutput output;
        if (!options.events) return output;
        auto file = cellos::JsonLinesEventSink::open(*options.events);
        if (!file) return failure_of(file);
        if (!options.sign_key) {
            output.sink_.emplace<Plain>(*std::move(file), secrets);
            return output;
        }
#ifdef CELLOS_HAS_OPENSSL
        auto key = cellos::Ed25519PrivateKey::read(*options.sign_key);
        if (!key) return failure_of(key);
        output.sink_.emplace<Sealed>(Plain{*std::move(file), secrets}, *std::move(key));
        return output;
#else
        return cellos::failure(
            cellos::CellosError::Kind::EventSink, "this cellos-run was built without OpenSSL"
        );
#endif
    }

    [[nodiscard]] cellos::Result<void> emit(const cellos::CloudEvent& event) {
        return std::visit(
            [&]<class Sink>(Sink& sink) -> cellos::Result<void> {
                if constexpr (cellos::EventSink<Sink>) {
                    return sink.emit(event);
                } else {
                    return {};
                }
            },
            sink_
        );
    }

private:
    using Plain = cellos::Redacted<cellos::JsonLinesEventSink>;
#ifdef CELLOS_HAS_OPENSSL
    using Sealed = cellos::Signed<Plain>;
    std::variant<std::monostate, Plain, Sealed> sink_;
#else
    std::variant<std::monostate, Plain> sink_;
#endif
};

} // namespace cellos_run
