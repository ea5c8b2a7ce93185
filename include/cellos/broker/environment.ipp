#pragma once

#include <cellos/broker/environment.hpp>

#include <cstdlib>
#include <utility>

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL EnvSecretBroker::EnvSecretBroker(std::string prefix) : prefix_{std::move(prefix)} {}

CELLOS_DECL Result<Secret> EnvSecretBroker::resolve(std::string_view reference, const CellHandle&)
    const {
    std::string variable = prefix_;
    variable += reference;
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr)
        return failure(CellosError::Kind::SecretBroker, "the variable " + variable + " is not set");
    return Secret{std::string_view{value}};
}

CELLOS_DECL Result<void> EnvSecretBroker::revoke_for_cell(std::string_view) const {
    return {};
}

} // namespace cellos::inline CELLOS_ABI
