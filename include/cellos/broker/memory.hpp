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

/// Holds secrets that the program itself has set, and knows which cells have any of them.
/// Thread-safe.
class MemorySecretBroker {
public:
    static constexpr std::string_view name = "memory";

    MemorySecretBroker() = default;
    /// Takes all secrets and holders. Move only during set-up: no other thread may use `other`
    /// meanwhile.
    CELLOS_DECL MemorySecretBroker(MemorySecretBroker&& other) noexcept;

    /// Sets the value of the secret `reference`; replaces an earlier one.
    CELLOS_DECL void set(std::string reference, Secret value);

    /// A copy of the value. If it is not set, the error (SecretBroker) names the reference.
    [[nodiscard]] CELLOS_DECL Result<Secret> resolve(
        std::string_view reference, const CellHandle& cell
    );

    /// Removes the cell from the holders. Never fails.
    [[nodiscard]] CELLOS_DECL Result<void> revoke_for_cell(std::string_view cell_id);

    /// The ids of the cells that have a secret which has not been revoked.
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
