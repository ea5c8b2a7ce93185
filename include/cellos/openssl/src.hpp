/// @file
/// The bodies of the functions that need OpenSSL; the counterpart of <cellos/src.hpp>.
#pragma once

#include <cellos/openssl/ed25519.ipp>
#include <cellos/openssl/owned.ipp>
#include <cellos/openssl/sha256.ipp>
#include <cellos/openssl/signed.ipp>
