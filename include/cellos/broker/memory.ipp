#pragma once

#include <cellos/broker/memory.hpp>
#include <cellos/core/handle.hpp>

#include <utility>

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL MemorySecretBroker::MemorySecretBroker(MemorySecretBroker&& other) noexcept
    : secrets_{std::move(other.secrets_)}, holders_{std::move(other.holders_)} {}

CELLOS_DECL void MemorySecretBroker::set(std::string reference, Secret value) {
    const std::lock_guard lock{mutex_};
    secrets_.insert_or_assign(std::move(reference), std::move(value));
}

CELLOS_DECL Result<Secret> MemorySecretBroker::resolve(
    std::string_view reference, const CellHandle& cell
) {
    const std::lock_guard lock{mutex_};
    const auto found = secrets_.find(reference);
    if (found == secrets_.end())
        return failure(
            CellosError::Kind::SecretBroker, "there is no secret " + std::string{reference}
        );
    holders_.insert(cell.cell_id);
    return Secret{found->second.reveal()};
}

CELLOS_DECL Result<void> MemorySecretBroker::revoke_for_cell(std::string_view cell_id) {
    const std::lock_guard lock{mutex_};
    if (const auto found = holders_.find(cell_id); found != holders_.end()) holders_.erase(found);
    return {};
}

CELLOS_DECL std::vector<std::string> MemorySecretBroker::holders() const {
    const std::lock_guard lock{mutex_};
    return {holders_.begin(), holders_.end()};
}

} // namespace cellos::inline CELLOS_ABI
