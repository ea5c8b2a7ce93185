#pragma once

#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/secret.hpp>

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// Holds secrets that the program itself has put there, and knows which cells hold any of them. Any
/// number of threads may use one at once.
class MemorySecretBroker {
public:
    static constexpr std::string_view name = "memory";

    MemorySecretBroker() = default;
    /// Takes everything along. Moving is for set-up: nobody else may use `other` meanwhile.
    CELLOS_DECL MemorySecretBroker(MemorySecretBroker&& other) noexcept;

    /// The reference `reference` stands for `value` from now on.
    CELLOS_DECL void set(std::string reference, Secret value);

    /// A copy of the value. A SecretBroker error names a reference that stands for nothing.
    [[nodiscard]] CELLOS_DECL Result<Secret> resolve(
        std::string_view reference, const CellHandle& cell
    );

    /// The cell holds nothing any more.
    [[nodiscard]] CELLOS_DECL Result<void> revoke_for_cell(std::string_view cell_id);

    /// The ids of the cells that were given a secret which has not been revoked since.
    [[nodiscard]] CELLOS_DECL std::vector<std::string> holders() const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, Secret, std::less<>> secrets_;
    std::set<std::string, std::less<>> holders_;
};

static_assert(SecretBroker<MemorySecretBroker>);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/broker/memory.ipp>
#endif
