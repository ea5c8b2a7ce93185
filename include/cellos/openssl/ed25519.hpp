#pragma once

#include <cellos/core/result.hpp>
#include <cellos/evidence/chain.hpp>
#include <cellos/openssl/owned.hpp>

#ifdef __linux__
#include <filesystem>
#endif
#include <memory>
#include <string>
#include <string_view>

/// @file
/// Ed25519 keys by OpenSSL's libcrypto, read from PEM. Belongs to the CMake component `openssl`.
///
///     openssl genpkey -algorithm ed25519 -out signing.pem && chmod 600 signing.pem
///     openssl pkey -in signing.pem -pubout -out public.pem
///
/// Errors are of the kind EventSink. Making a key throws what OpensslSha256 throws.

namespace cellos::inline CELLOS_ABI {

/// The key that signs. Move-only; used from one thread at a time.
class Ed25519PrivateKey {
public:
    /// Refuses what is no Ed25519 key, or has a passphrase. `pem` remains the caller's to wipe.
    [[nodiscard]] CELLOS_DECL static Result<Ed25519PrivateKey> from_pem(std::string_view pem);

#ifdef __linux__
    /// Refuses a file that others than its owner may read or write.
    [[nodiscard]] CELLOS_DECL static Result<Ed25519PrivateKey> read(
        const std::filesystem::path& path
    );
#endif

    /// The first 16 digits of the SHA-256 of the public key's 32 bytes, as `sigkey` has it.
    [[nodiscard]] const std::string& id() const noexcept { return id_; }

    /// The signature in base64.
    [[nodiscard]] CELLOS_DECL Result<std::string> sign(std::string_view text) const;

private:
    explicit Ed25519PrivateKey(detail::OpensslKey key);

    detail::OpensslKey key_;
    std::string id_;
};

/// The key that verifies. Copies share it; thread-safe.
class Ed25519PublicKey {
public:
    /// Refuses what is no Ed25519 key.
    [[nodiscard]] CELLOS_DECL static Result<Ed25519PublicKey> from_pem(std::string_view pem);

    /// The same as that of the private key.
    [[nodiscard]] const std::string& id() const noexcept { return id_; }

    /// Whether `signature`, in base64, is the one that the private key makes of `text`.
    [[nodiscard]] CELLOS_DECL bool verifies(std::string_view text, std::string_view signature)
        const;

    /// For EventAudit. Shares the key, and may outlive this object.
    [[nodiscard]] CELLOS_DECL SignatureCheck check() const;

private:
    explicit Ed25519PublicKey(detail::OpensslKey key);

    std::shared_ptr<evp_pkey_st> key_;
    std::string id_;
};

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/openssl/ed25519.ipp>
#endif
