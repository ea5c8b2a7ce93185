#pragma once

#include <cellos/core/config.hpp>

#include <memory>

/// @file
/// Owning pointers to objects of libcrypto, without OpenSSL's headers.

struct evp_md_ctx_st; // EVP_MD_CTX
struct evp_pkey_st;   // EVP_PKEY

namespace cellos::inline CELLOS_ABI::detail {

struct FreeOpenssl {
    CELLOS_DECL void operator()(evp_md_ctx_st* context) const noexcept;
    CELLOS_DECL void operator()(evp_pkey_st* key) const noexcept;
};

using OpensslDigest = std::unique_ptr<evp_md_ctx_st, FreeOpenssl>;
using OpensslKey = std::unique_ptr<evp_pkey_st, FreeOpenssl>;

} // namespace cellos::inline CELLOS_ABI::detail

#ifdef CELLOS_HEADER_ONLY
#include <cellos/openssl/owned.ipp>
#endif
