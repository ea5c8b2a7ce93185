// Any text is either refused with a reason, or a document that passes validation and survives being
// written and read again.
#include "fuzz/require.hpp"

#include <cellos/json/document.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace cellos;
using cellos_fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto document = parse_document(text);
    if (!document) {
        // A message goes to a terminal or a log: short, and without control characters.
        const std::string& message = document.error().message;
        require(!message.empty(), "a refusal has a reason");
        require(message.size() < std::size_t{64} << 10, "a reason is short");
        const auto is_control = [](char c) {
            return c != '\n' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7F);
        };
        require(std::ranges::none_of(message, is_control), "a reason has no control characters");
        return 0;
    }
    require(validate(*document).has_value(), "what was parsed is valid");
    const std::string written = to_json(*document);
    const auto again = parse_document(written);
    require(again.has_value(), "what was written can be parsed");
    require(*again == *document, "what was written is the same document");
    require(to_json(*again) == written, "writing is stable");
    return 0;
}
