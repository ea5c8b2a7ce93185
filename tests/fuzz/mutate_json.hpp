#pragma once

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace cellos_fuzz {

namespace detail {

inline void collect(nlohmann::json& tree, std::vector<nlohmann::json*>& nodes) {
    nodes.push_back(&tree);
    if (!tree.is_structured()) return;
    for (auto& child : tree) collect(child, nodes);
}

inline void mutate_text(std::string& text) {
    const std::size_t size = text.size();
    text.resize(size + 32);
    text.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(text.data()), size, text.size()));
}

} // namespace detail

/// Changes one value of a JSON text and leaves it JSON, so that most of what comes out is a
/// document that gets as far as a backend. Text that is not JSON, and every fourth one that is,
/// changes byte by byte. The contract is that of LLVMFuzzerCustomMutator.
inline std::size_t mutate_json(
    std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed
) {
    auto tree = nlohmann::json::parse(data, data + size, nullptr, false);
    if (tree.is_discarded() || seed % 4 == 0) return LLVMFuzzerMutate(data, size, max_size);
    std::minstd_rand random{seed};
    const auto below = [&](std::size_t bound) {
        return std::uniform_int_distribution<std::size_t>{0, bound - 1}(random);
    };
    std::vector<nlohmann::json*> nodes;
    detail::collect(tree, nodes);
    nlohmann::json& node = *nodes[below(nodes.size())];
    // A copy: the other one may lie inside this one.
    const nlohmann::json other = *nodes[below(nodes.size())];
    if (auto* text = node.get_ptr<std::string*>()) {
        constexpr std::array<std::string_view, 12> places{
            "/",
            "/..",
            "/proc/1/root",
            "/etc/shadow",
            "/usr",
            "/tmp",
            "/dev/shm",
            "/inputs",
            "/work/./a//b/",
            "/bin/../..",
            "/sys/fs/cgroup",
            "/data"};
        if (below(3) == 0) {
            *text = places[below(places.size())];
        } else {
            detail::mutate_text(*text);
        }
    } else if (node.is_number()) {
        constexpr std::array<std::int64_t, 10> numbers{
            -1, 0, 1, 255, 65535, 65536, 33554432, 2147483648, 9007199254740993, INT64_MAX};
        node = numbers[below(numbers.size())];
    } else if (node.is_array() && below(2) == 0) {
        node.push_back(node.empty() ? other : node[below(node.size())]);
    } else if (node.is_structured() && !node.empty() && below(2) == 0) {
        auto victim = node.begin();
        std::advance(victim, static_cast<std::ptrdiff_t>(below(node.size())));
        node.erase(victim);
    } else {
        node = other;
    }
    const std::string text = tree.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (text.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
    std::ranges::copy(text, data);
    return text.size();
}

} // namespace cellos_fuzz
