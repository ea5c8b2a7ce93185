#pragma once

#include <cellos/core/handle.hpp>
#include <cellos/core/if_used.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/secret.hpp>

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace cellos::inline CELLOS_ABI {

/// Finds secrets in the environment of this process: the reference `TOKEN` is the variable `TOKEN`,
/// or `CELL_TOKEN` with the prefix `CELL_`. With a prefix a document can name no variable that was
/// not meant for cells, so use one wherever documents come from others.
///
/// It takes nothing back on revocation: a variable is no lease. The environment must not be changed
/// while cells run; no program with threads may do that anyway.
template <class = IfUsed>
class BasicEnvSecretBroker {
public:
    static constexpr std::string_view name = "environment";

    explicit BasicEnvSecretBroker(std::string prefix = {}) : prefix_{std::move(prefix)} {}

    [[nodiscard]] Result<Secret> resolve(std::string_view reference, const CellHandle&) const {
        std::string variable = prefix_;
        variable += reference;
        const char* value = std::getenv(variable.c_str());
        if (value == nullptr)
            return failure(
                CellosError::Kind::SecretBroker, "the variable " + variable + " is not set"
            );
        return Secret{std::string_view{value}};
    }

    [[nodiscard]] Result<void> revoke_for_cell(std::string_view) const { return {}; }

private:
    std::string prefix_;
};

using EnvSecretBroker = BasicEnvSecretBroker<>;

static_assert(SecretBroker<EnvSecretBroker>);

} // namespace cellos::inline CELLOS_ABI
