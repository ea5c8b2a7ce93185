#include <cellos/src.hpp>
#if __has_include(<openssl/evp.h>)
#include <cellos/openssl/src.hpp>
#endif
