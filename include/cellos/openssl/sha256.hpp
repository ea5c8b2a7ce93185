#pragma once

#include <cellos/core/hasher.hpp>
#include <cellos/openssl/owned.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace cellos::inline CELLOS_ABI {

/// SHA-256 by OpenSSL's libcrypto. For one thread at a time. Belongs to the CMake component
/// `openssl`.
class OpensslSha256 final : public Hasher {
public:
    /// Throws std::bad_alloc without memory, or without a libcrypto that has SHA-256: there is
    /// nothing to fall back to.
    CELLOS_DECL OpensslSha256();
    // With a body here, its callers would need the table of virtual functions.
    CELLOS_DECL ~OpensslSha256() override;

    CELLOS_DECL void update(std::span<const std::byte> bytes) override;

    [[nodiscard]] CELLOS_DECL std::string finish() override;

private:
    detail::OpensslDigest context_;
};

/// For GVisorConfig::sha256 and wherever else a HasherFactory is asked for.
[[nodiscard]] CELLOS_DECL HasherFactory openssl_sha256();

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/openssl/sha256.ipp>
#endif
