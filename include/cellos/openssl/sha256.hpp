#pragma once

#include <cellos/core/hasher.hpp>
#include <cellos/openssl/owned.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace cellos::inline CELLOS_ABI {

/// SHA-256 with OpenSSL's libcrypto. For one thread at a time. Belongs to the CMake component
/// `openssl`.
class CELLOS_POLYMORPHIC OpensslSha256 final : public Hasher {
public:
    /// Throws std::bad_alloc if there is no memory, or if libcrypto has no SHA-256: there is no
    /// fallback.
    CELLOS_DECL OpensslSha256();
    // Not defined here, where its callers would need the table of virtual functions.
    CELLOS_DECL ~OpensslSha256() override;

    CELLOS_DECL void update(std::span<const std::byte> bytes) override;

    [[nodiscard]] CELLOS_DECL std::string finish() override;

private:
    detail::OpensslDigest context_;
};

/// A factory for GVisorConfig::sha256 and everything else that takes a HasherFactory. Thread-safe.
[[nodiscard]] CELLOS_DECL HasherFactory openssl_sha256();

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/openssl/sha256.ipp>
#endif
