#pragma once

#include <cellos/core/handle.hpp>
#include <cellos/core/if_used.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/secret.hpp>

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// Holds secrets that the program itself has put there, and knows which cells hold any of them. Any
/// number of threads may use one at once.
template <class = IfUsed>
class BasicMemorySecretBroker {
public:
    static constexpr std::string_view name = "memory";

    BasicMemorySecretBroker() = default;
    /// Takes everything along. Moving is for set-up: nobody else may use `other` meanwhile.
    BasicMemorySecretBroker(BasicMemorySecretBroker&& other) noexcept
        : secrets_{std::move(other.secrets_)}, holders_{std::move(other.holders_)} {}

    /// The reference `reference` stands for `value` from now on.
    void set(std::string reference, Secret value) {
        const std::lock_guard lock{mutex_};
        secrets_.insert_or_assign(std::move(reference), std::move(value));
    }

    [[nodiscard]] Result<Secret> resolve(std::string_view reference, const CellHandle& cell) {
        const std::lock_guard lock{mutex_};
        const auto found = secrets_.find(reference);
        if (found == secrets_.end())
            return failure(
                CellosError::Kind::SecretBroker, "there is no secret " + std::string{reference}
            );
        holders_.insert(cell.cell_id);
        return Secret{found->second.reveal()};
    }

    [[nodiscard]] Result<void> revoke_for_cell(std::string_view cell_id) {
        const std::lock_guard lock{mutex_};
        if (const auto found = holders_.find(cell_id); found != holders_.end())
            holders_.erase(found);
        return {};
    }

    /// The ids of the cells that were given a secret which has not been revoked since.
    [[nodiscard]] std::vector<std::string> holders() const {
        const std::lock_guard lock{mutex_};
        return {holders_.begin(), holders_.end()};
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, Secret, std::less<>> secrets_;
    std::set<std::string, std::less<>> holders_;
};

using MemorySecretBroker = BasicMemorySecretBroker<>;

static_assert(SecretBroker<MemorySecretBroker>);

} // namespace cellos::inline CELLOS_ABI
