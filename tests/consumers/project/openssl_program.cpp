// What a user's program does with the component openssl, also with the type of what it got.
#include <cellos/openssl/sha256.hpp>

#include <iostream>

int main() {
    const auto hasher = cellos::openssl_sha256()();
    hasher->update({});
    const bool empty = hasher->finish().starts_with("e3b0c44298fc1c14");
    const bool known = dynamic_cast<cellos::OpensslSha256*>(hasher.get()) != nullptr;
    std::cout << "the digest of nothing: " << empty << ", by OpenSSL: " << known << '\n';
    return empty && known ? 0 : 1;
}
