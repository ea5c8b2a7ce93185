#pragma once

#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/secret.hpp>

#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// Finds secrets in the environment of this process: the reference `TOKEN` is the variable `TOKEN`,
/// or `CELL_TOKEN` with the prefix `CELL_`. With a prefix a document can name no variable that was
/// not meant for cells, so use one wherever documents come from others.
///
/// Any number of threads may use one at once, but the environment must not be changed while cells
/// run; no program with threads may do that anyway.
class EnvSecretBroker {
public:
    static constexpr std::string_view name = "environment";

    CELLOS_DECL explicit EnvSecretBroker(std::string prefix = {});

    /// A copy of the variable's value; a SecretBroker error names a variable that is not set.
    [[nodiscard]] CELLOS_DECL Result<Secret> resolve(
        std::string_view reference, const CellHandle& cell
    ) const;

    /// Takes nothing back: a variable is no lease.
    [[nodiscard]] CELLOS_DECL Result<void> revoke_for_cell(std::string_view cell_id) const;

private:
    std::string prefix_;
};

static_assert(SecretBroker<EnvSecretBroker>);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/broker/environment.ipp>
#endif
