#pragma once

#include <cellos/openssl/owned.hpp>

#include <openssl/evp.h>

namespace cellos::inline CELLOS_ABI::detail {

CELLOS_DECL void FreeOpenssl::operator()(evp_md_ctx_st* context) const noexcept {
    EVP_MD_CTX_free(context);
}

CELLOS_DECL void FreeOpenssl::operator()(evp_pkey_st* key) const noexcept {
    EVP_PKEY_free(key);
}

} // namespace cellos::inline CELLOS_ABI::detail
