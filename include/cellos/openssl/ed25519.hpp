#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/secret.hpp>
#include <cellos/evidence/chain.hpp>
#include <cellos/openssl/sha256.hpp>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#ifdef __linux__
#include <cellos/os/descriptor.hpp>

#include <sys/stat.h>
#endif

/// @file
/// Ed25519 keys by OpenSSL's libcrypto, read from PEM. Belongs to the CMake component `openssl`.
///
///     openssl genpkey -algorithm ed25519 -out signing.pem && chmod 600 signing.pem
///     openssl pkey -in signing.pem -pubout -out public.pem

namespace cellos::inline CELLOS_ABI {

namespace detail {

struct FreeOpenssl {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
using OpensslKey = std::unique_ptr<EVP_PKEY, FreeOpenssl>;
using OpensslDigest = std::unique_ptr<EVP_MD_CTX, FreeOpenssl>;

using PemReader = EVP_PKEY* (*)(BIO*, EVP_PKEY**, pem_password_cb*, void*);

template <class = IfUsed>
[[nodiscard]] Result<OpensslKey> read_ed25519_key(
    PemReader read, std::string_view pem, std::string_view what
) {
    const std::unique_ptr<BIO, FreeOpenssl> text{
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
    // Without this OpenSSL would ask the terminal for the passphrase of a key that has one.
    pem_password_cb* const no_passphrase = [](char*, int, int, void*) { return -1; };
    OpensslKey key{text ? read(text.get(), nullptr, no_passphrase, nullptr) : nullptr};
    if (key && EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519) return key;
    return failure(
        CellosError::Kind::EventSink,
        std::string{what} + " must be an Ed25519 key in PEM, without a passphrase (" +
            "openssl genpkey -algorithm ed25519)"
    );
}

// The first 16 digits of the SHA-256 of the public key's 32 bytes.
template <class = IfUsed>
[[nodiscard]] std::string ed25519_key_id(EVP_PKEY* key) {
    std::array<unsigned char, 32> bytes{};
    std::size_t size = bytes.size();
    EVP_PKEY_get_raw_public_key(key, bytes.data(), &size);
    OpensslSha256 digest;
    digest.update(std::as_bytes(std::span{bytes}));
    return digest.finish().substr(0, 16);
}

using Ed25519Signature = std::array<unsigned char, 64>;

template <class = IfUsed>
[[nodiscard]] std::string base64(const Ed25519Signature& signature) {
    std::array<unsigned char, 89> text{}; // 88 characters, and a NUL
    EVP_EncodeBlock(text.data(), signature.data(), static_cast<int>(signature.size()));
    return reinterpret_cast<const char*>(text.data());
}

[[nodiscard]] inline const unsigned char* bytes_of(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace detail

/// The key that signs. Move-only; used from one thread at a time.
class Ed25519PrivateKey {
public:
    [[nodiscard]] static Result<Ed25519PrivateKey> from_pem(std::string_view pem) {
        auto key = detail::read_ed25519_key(&PEM_read_bio_PrivateKey, pem, "the signing key");
        if (!key) return failure_of(key);
        return Ed25519PrivateKey{*std::move(key)};
    }

#ifdef __linux__
    /// Refuses a file that others than its owner may read or write.
    [[nodiscard]] static Result<Ed25519PrivateKey> read(const std::filesystem::path& path) {
        auto file = os::open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK);
        if (!file) return failure(CellosError::Kind::EventSink, file.error().message);
        struct stat info {};
        if (::fstat(file->get(), &info) == -1 || !S_ISREG(info.st_mode) ||
            (info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
            return failure(
                CellosError::Kind::EventSink,
                path.string() + " must be a file that only its owner can read (chmod 600)"
            );
        auto text = os::read_all(file->get());
        if (!text) return failure(CellosError::Kind::EventSink, text.error().message);
        const Secret pem{std::move(*text)};
        return from_pem(pem.reveal());
    }
#endif

    [[nodiscard]] const std::string& id() const noexcept { return id_; }

    /// The signature in base64.
    [[nodiscard]] Result<std::string> sign(std::string_view text) const {
        const detail::OpensslDigest context{EVP_MD_CTX_new()};
        detail::Ed25519Signature signature{};
        std::size_t size = signature.size();
        if (!context ||
            EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
            EVP_DigestSign(
                context.get(), signature.data(), &size, detail::bytes_of(text), text.size()
            ) != 1)
            return failure(CellosError::Kind::EventSink, "OpenSSL could not sign an event");
        return detail::base64(signature);
    }

private:
    explicit Ed25519PrivateKey(detail::OpensslKey key)
        : key_{std::move(key)}, id_{detail::ed25519_key_id(key_.get())} {}

    detail::OpensslKey key_;
    std::string id_;
};

/// The key that verifies. Copies share it; thread-safe.
class Ed25519PublicKey {
public:
    [[nodiscard]] static Result<Ed25519PublicKey> from_pem(std::string_view pem) {
        auto key = detail::read_ed25519_key(&PEM_read_bio_PUBKEY, pem, "the public key");
        if (!key) return failure_of(key);
        return Ed25519PublicKey{*std::move(key)};
    }

    [[nodiscard]] const std::string& id() const noexcept { return id_; }

    /// Whether `signature`, in base64, is the one that the private key makes of `text`.
    [[nodiscard]] bool verifies(std::string_view text, std::string_view signature) const {
        std::array<unsigned char, 66> decoded{}; // in groups of three, padding included
        if (signature.size() != 88 ||
            EVP_DecodeBlock(decoded.data(), detail::bytes_of(signature), 88) != 66)
            return false;
        detail::Ed25519Signature bytes{};
        std::copy_n(decoded.begin(), bytes.size(), bytes.begin());
        // Base64 leaves bits in its last character that no decoder looks at.
        if (detail::base64(bytes) != signature) return false;
        const detail::OpensslDigest context{EVP_MD_CTX_new()};
        return context &&
               EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
               EVP_DigestVerify(
                   context.get(), bytes.data(), bytes.size(), detail::bytes_of(text), text.size()
               ) == 1;
    }

    /// For EventAudit.
    [[nodiscard]] SignatureCheck check() const {
        return {id_, [key = *this](std::string_view text, std::string_view signature) {
                    return key.verifies(text, signature);
                }};
    }

private:
    explicit Ed25519PublicKey(detail::OpensslKey key)
        : key_{std::move(key)}, id_{detail::ed25519_key_id(key_.get())} {}

    std::shared_ptr<EVP_PKEY> key_;
    std::string id_;
};

} // namespace cellos::inline CELLOS_ABI
