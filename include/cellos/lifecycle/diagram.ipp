#pragma once

#include <cellos/lifecycle/diagram.hpp>
#include <cellos/lifecycle/table.hpp>

#include <string_view>

namespace cellos::inline CELLOS_ABI {

namespace detail {

// `export: export.v2.completed`, or `export` for a move without an event.
[[nodiscard]] inline std::string move_label(const Transition& move) {
    constexpr std::string_view prefix = "dev.cellos.events.cell.";
    std::string label{to_string(move.phase)};
    if (!move.event.empty()) {
        label += ": ";
        label += move.event.substr(move.event.starts_with(prefix) ? prefix.size() : 0);
    }
    return label;
}

} // namespace detail

CELLOS_DECL std::string lifecycle_graphviz() {
    std::string text = "digraph lifecycle {\n"
                       "    node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
                       "    edge [fontname=\"sans-serif\", fontsize=10];\n"
                       "    refused, destroyed [peripheries=2];\n";
    for (const Transition& move : lifecycle) {
        text.append("    ").append(to_string(move.from)).append(" -> ").append(to_string(move.to));
        text.append(" [label=\"").append(detail::move_label(move)).append("\"");
        text.append(move.failing ? ", style=dashed];\n" : "];\n");
    }
    return text + "}\n";
}

CELLOS_DECL std::string lifecycle_mermaid() {
    std::string text = "stateDiagram-v2\n    [*] --> requested\n";
    for (const Transition& move : lifecycle) {
        // A second colon would end the label early.
        std::string label = detail::move_label(move);
        if (const auto colon = label.find(':'); colon != std::string::npos) label[colon] = ',';
        text.append("    ").append(to_string(move.from)).append(" --> ").append(to_string(move.to));
        text.append(": ").append(label).append(move.failing ? " (failed)\n" : "\n");
    }
    return text + "    refused --> [*]\n    destroyed --> [*]\n";
}

} // namespace cellos::inline CELLOS_ABI
