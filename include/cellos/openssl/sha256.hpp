#pragma once

#include <cellos/core/hasher.hpp>

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <string>

namespace cellos::inline CELLOS_ABI {

/// SHA-256 by OpenSSL's libcrypto. Belongs to the CMake component `openssl`.
class OpensslSha256 final : public Hasher {
public:
    OpensslSha256() : context_{EVP_MD_CTX_new()} {
        // Without a context, or a libcrypto that has SHA-256, there is nothing to fall back to.
        if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
            throw std::bad_alloc{};
    }

    void update(std::span<const std::byte> bytes) override {
        EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
    }

    [[nodiscard]] std::string finish() override {
        std::array<unsigned char, 32> digest{};
        EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
        constexpr const char* digits = "0123456789abcdef";
        std::string text;
        for (const unsigned char byte : digest) {
            text += digits[byte >> 4];
            text += digits[byte & 15];
        }
        return text;
    }

private:
    struct Free {
        void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> context_;
};

/// For GVisorConfig::sha256 and wherever else a HasherFactory is asked for.
[[nodiscard]] inline HasherFactory openssl_sha256() {
    return [] { return std::make_unique<OpensslSha256>(); };
}

} // namespace cellos::inline CELLOS_ABI
