#pragma once

#include <cellos/core/decorate.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/secret.hpp>
#include <cellos/redaction/known_secrets.hpp>

#include <functional>
#include <string_view>
#include <utility>

namespace cellos::inline CELLOS_ABI {

/// A broker that makes the secrets it resolves known to `Redacted` sinks; see there for an example.
/// A secret that could not be kept out of the events (KnownSecrets::learn) is not given to the
/// cell. Owns `broker`, or refers to it if that is a std::ref. Errors and thread safety are those
/// of `Broker`.
template <SecretBroker Broker>
class Redacting {
public:
    static constexpr std::string_view name = detail::port_name_of<Broker>;

    Redacting(Broker broker, KnownSecrets secrets)
        : broker_{std::forward<Broker>(broker)}, secrets_{std::move(secrets)} {}

    [[nodiscard]] Result<Secret> resolve(std::string_view reference, const CellHandle& cell) {
        Result<Secret> secret = broker_.resolve(reference, cell);
        if (!secret) return secret;
        if (auto known = secrets_.learn(cell, reference, secret->reveal()); !known)
            return failure_of(known);
        return secret;
    }

    [[nodiscard]] Result<void> revoke_for_cell(std::string_view cell_id) {
        return broker_.revoke_for_cell(cell_id);
    }

private:
    Broker broker_;
    KnownSecrets secrets_;
};

template <class Broker>
Redacting(Broker&&, KnownSecrets) -> Redacting<std::unwrap_ref_decay_t<Broker>>;

} // namespace cellos::inline CELLOS_ABI
