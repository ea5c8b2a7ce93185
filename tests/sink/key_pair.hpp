// Fresh keys for signing, as PEM.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <string>

namespace cellos_test {

struct KeyPair {
    std::string private_pem;
    std::string public_pem;

    explicit KeyPair(const char* algorithm = "ED25519") {
        const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{
            EVP_PKEY_Q_keygen(nullptr, nullptr, algorithm), &EVP_PKEY_free};
        private_pem = text([&](BIO* to) {
            PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        });
        public_pem = text([&](BIO* to) { PEM_write_bio_PUBKEY(to, key.get()); });
    }

private:
    template <class Write>
    static std::string text(Write write) {
        const std::unique_ptr<BIO, decltype(&BIO_free)> memory{BIO_new(BIO_s_mem()), &BIO_free};
        write(memory.get());
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(memory.get(), &bytes);
        return {bytes, static_cast<std::size_t>(size)};
    }
};

} // namespace cellos_test
