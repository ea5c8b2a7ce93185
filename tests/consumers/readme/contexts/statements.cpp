// For statements. The outer block is the function's: a fragment may use these names again.
#include <cellos/cellos.hpp>
#include <cellos/openssl/sha256.hpp>
#include <cellos/openssl/signed.hpp>

#include <iostream>
#include <thread>

using namespace cellos;

void fragment(const ExecutionCellDocument& document);

void fragment(const ExecutionCellDocument& document) {
    static_cast<void>(document);
    {
        // <block>
    }
}
