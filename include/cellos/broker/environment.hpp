#pragma once

#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/secret.hpp>

#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// Finds secrets in the environment of this process: the reference `TOKEN` is the variable `TOKEN`,
/// or `CELL_TOKEN` with the prefix `CELL_`. With a prefix, a document can only name variables that
/// are meant for cells, so use one if you do not write the documents yourself.
///
/// Thread-safe as long as the environment is not changed while cells run, which no multi-threaded
/// program may do anyway.
class EnvSecretBroker {
public:
    static constexpr std::string_view name = "environment";

    CELLOS_DECL explicit EnvSecretBroker(std::string prefix = {});

    /// A copy of the variable's value. If the variable is not set, the error (SecretBroker) names
    /// it.
    [[nodiscard]] CELLOS_DECL Result<Secret> resolve(
        std::string_view reference, const CellHandle& cell
    ) const;

    /// Does nothing and always succeeds: a variable cannot be revoked.
    [[nodiscard]] CELLOS_DECL Result<void> revoke_for_cell(std::string_view cell_id) const;

private:
    std::string prefix_;
};

static_assert(SecretBroker<EnvSecretBroker>);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/broker/environment.ipp>
#endif
