#pragma once

/// @file
/// The bodies of the component `openssl`, for programs that define CELLOS_SEPARATE_COMPILATION.
/// Include it in exactly one source, beside <cellos/src.hpp>.

#include <cellos/openssl/ed25519.ipp>
#include <cellos/openssl/owned.ipp>
#include <cellos/openssl/sha256.ipp>
#include <cellos/openssl/signed.ipp>
