#pragma once

#include <cellos/core/hex.hpp>
#include <cellos/openssl/sha256.hpp>

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <new>
#include <span>

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL OpensslSha256::OpensslSha256() : context_{EVP_MD_CTX_new()} {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
        throw std::bad_alloc{};
}

CELLOS_DECL OpensslSha256::~OpensslSha256() = default;

CELLOS_DECL void OpensslSha256::update(std::span<const std::byte> bytes) {
    EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

CELLOS_DECL std::string OpensslSha256::finish() {
    std::array<unsigned char, 32> digest{};
    EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
    return hex(std::as_bytes(std::span{digest}));
}

CELLOS_DECL HasherFactory openssl_sha256() {
    return [] { return std::make_unique<OpensslSha256>(); };
}

} // namespace cellos::inline CELLOS_ABI
