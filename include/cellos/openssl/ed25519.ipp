#pragma once

#include <cellos/core/secret.hpp>
#include <cellos/openssl/ed25519.hpp>
#include <cellos/openssl/sha256.hpp>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

#ifdef __linux__
#include <cellos/os/descriptor.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#endif

namespace cellos::inline CELLOS_ABI {

namespace detail {

struct FreeBio {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};

using PemReader = EVP_PKEY* (*)(BIO*, EVP_PKEY**, pem_password_cb*, void*);

[[nodiscard]] inline Result<OpensslKey> read_ed25519_key(
    PemReader read, std::string_view pem, std::string_view what
) {
    const std::unique_ptr<BIO, FreeBio> text{
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

[[nodiscard]] inline std::string ed25519_key_id(EVP_PKEY* key) {
    std::array<unsigned char, 32> bytes{};
    std::size_t size = bytes.size();
    EVP_PKEY_get_raw_public_key(key, bytes.data(), &size);
    OpensslSha256 digest;
    digest.update(std::as_bytes(std::span{bytes}));
    return digest.finish().substr(0, 16);
}

using Ed25519Signature = std::array<unsigned char, 64>;

[[nodiscard]] inline std::string base64(const Ed25519Signature& signature) {
    std::array<unsigned char, 89> text{}; // 88 characters, and a NUL
    EVP_EncodeBlock(text.data(), signature.data(), static_cast<int>(signature.size()));
    return reinterpret_cast<const char*>(text.data());
}

[[nodiscard]] inline const unsigned char* bytes_of(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace detail

CELLOS_DECL Result<Ed25519PrivateKey> Ed25519PrivateKey::from_pem(std::string_view pem) {
    auto key = detail::read_ed25519_key(&PEM_read_bio_PrivateKey, pem, "the signing key");
    if (!key) return failure_of(key);
    return Ed25519PrivateKey{*std::move(key)};
}

#ifdef __linux__
CELLOS_DECL Result<Ed25519PrivateKey> Ed25519PrivateKey::read(const std::filesystem::path& path) {
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

CELLOS_DECL Result<std::string> Ed25519PrivateKey::sign(std::string_view text) const {
    const detail::OpensslDigest context{EVP_MD_CTX_new()};
    detail::Ed25519Signature signature{};
    std::size_t size = signature.size();
    if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
        EVP_DigestSign(
            context.get(), signature.data(), &size, detail::bytes_of(text), text.size()
        ) != 1)
        return failure(CellosError::Kind::EventSink, "OpenSSL could not sign an event");
    return detail::base64(signature);
}

inline Ed25519PrivateKey::Ed25519PrivateKey(detail::OpensslKey key)
    : key_{std::move(key)}, id_{detail::ed25519_key_id(key_.get())} {}

CELLOS_DECL Result<Ed25519PublicKey> Ed25519PublicKey::from_pem(std::string_view pem) {
    auto key = detail::read_ed25519_key(&PEM_read_bio_PUBKEY, pem, "the public key");
    if (!key) return failure_of(key);
    return Ed25519PublicKey{*std::move(key)};
}

CELLOS_DECL bool Ed25519PublicKey::verifies(std::string_view text, std::string_view signature)
    const {
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

CELLOS_DECL SignatureCheck Ed25519PublicKey::check() const {
    return {id_, [key = *this](std::string_view text, std::string_view signature) {
                return key.verifies(text, signature);
            }};
}

inline Ed25519PublicKey::Ed25519PublicKey(detail::OpensslKey key)
    : key_{std::move(key)}, id_{detail::ed25519_key_id(key_.get())} {}

} // namespace cellos::inline CELLOS_ABI
