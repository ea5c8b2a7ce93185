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
/// Ed25519 keys in PEM, with OpenSSL's libcrypto. Belongs to the CMake component `openssl`.
///
///     openssl genpkey -algorithm ed25519 -out signing.pem && chmod 600 signing.pem
///     openssl pkey -in signing.pem -pubout -out public.pem
///
/// Errors are of the kind EventSink. Making a key throws std::bad_alloc as OpensslSha256 does.

namespace cellos::inline CELLOS_ABI {

/// The key that signs. Move-only; for one thread at a time.
class Ed25519PrivateKey {
public:
    /// Refuses anything but an Ed25519 key without a passphrase. Wiping `pem` is up to the caller.
    [[nodiscard]] CELLOS_DECL static Result<Ed25519PrivateKey> from_pem(std::string_view pem);

#ifdef __linux__
    /// Reads the key from a file. Refuses a file that users other than its owner may read or write.
    [[nodiscard]] CELLOS_DECL static Result<Ed25519PrivateKey> read(
        const std::filesystem::path& path
    );
#endif

    /// The first 16 digits of the SHA-256 of the public key's 32 bytes, as in the attribute
    /// `sigkey`.
    [[nodiscard]] const std::string& id() const noexcept { return id_; }

    /// The signature of `text`, in base64.
    [[nodiscard]] CELLOS_DECL Result<std::string> sign(std::string_view text) const;

private:
    explicit Ed25519PrivateKey(detail::OpensslKey key);

    detail::OpensslKey key_;
    std::string id_;
};

/// The key that verifies. Copies share it; thread-safe.
class Ed25519PublicKey {
public:
    /// Refuses anything but an Ed25519 public key.
    [[nodiscard]] CELLOS_DECL static Result<Ed25519PublicKey> from_pem(std::string_view pem);

    /// The same as the id of the private key.
    [[nodiscard]] const std::string& id() const noexcept { return id_; }

    /// Whether `signature`, in base64, is the private key's signature of `text`.
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
