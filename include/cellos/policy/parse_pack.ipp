#pragma once

#include <cellos/core/rules.hpp>
#include <cellos/core/text_syntax.hpp>
#include <cellos/core/violations.hpp>
#include <cellos/json/parse_tree.hpp>
#include <cellos/json/read.hpp>
#include <cellos/json/write.hpp>
#include <cellos/policy/describe_pack.hpp>
#include <cellos/policy/destination.hpp>
#include <cellos/policy/parse_pack.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI {

namespace policy::detail {

// What could never match, or never be met, is a mistake of the pack's author.
class RulesCheck {
public:
    explicit RulesCheck(Violations& violations) noexcept : violations_{violations} {}

    void pack(const PolicyPack& pack) {
        if (!is_nonempty_text(pack.id)) violations_.add("id", nonempty);
        if (!is_nonempty_text(pack.version)) violations_.add("version", nonempty);
        const PolicyRules& rules = pack.rules;
        bound("rules.maxTtlSeconds", rules.max_ttl_seconds, "spec.lifetime.ttlSeconds");
        bound("rules.maxTimeoutMs", rules.max_timeout_ms, "spec.run.timeoutMs");
        bound("rules.maxMemoryBytes", rules.max_memory_bytes, "spec.run.limits.memoryMaxBytes");
        for (std::size_t i = 0; i < rules.allowed_egress.size(); ++i) {
            const std::string path = place_of("rules.allowedEgress", i);
            const auto& [host, port, protocol] = rules.allowed_egress[i];
            if (!is_host_pattern(host))
                violations_.add(
                    path + ".host",
                    "must be a host name, \"*.\" before one, an IPv4 or IPv6 address, or a CIDR "
                    "block"
                );
            if (port < 1 || port > 65535)
                violations_.add(path + ".port", "must be at least 1 and at most 65535");
        }
        names("rules.allowedSecrets", rules.allowed_secrets, [](std::string_view name) {
            return cellos::detail::all_of(name, [](char c) noexcept {
                return cellos::detail::is_alphanumeric(c) || c == '_';
            });
        });
        names("rules.allowedExports", rules.allowed_exports, [](std::string_view name) {
            return cellos::detail::all_of(name, cellos::detail::is_portable);
        });
        for (std::size_t i = 0; i < rules.allowed_programs.size(); ++i) {
            const std::string& program = rules.allowed_programs[i];
            if (!is_nonempty_text(program) || (program != "*" && program.ends_with('*')))
                violations_.add(
                    place_of("rules.allowedPrograms", i),
                    "must be a whole argv[0], or \"*\" for any"
                );
        }
    }

private:
    static std::string place_of(std::string_view list, std::size_t index) {
        std::string path{list};
        append_element(path, index);
        return path;
    }

    static constexpr std::string_view nonempty = "must be non-empty UTF-8 without NUL";

    void bound(std::string path, std::optional<std::int64_t> most, std::string_view of) {
        const rules::Integer* rule = rules::find(rules::integers, of);
        if (most && *most < rule->least)
            violations_.add(
                std::move(path),
                "must be at least " + std::to_string(rule->least) + ", as in a document"
            );
    }

    void names(
        std::string_view list,
        const std::vector<std::string>& patterns,
        bool (*is_part)(std::string_view)
    ) {
        for (std::size_t i = 0; i < patterns.size(); ++i) {
            std::string_view begin = patterns[i];
            if (begin.ends_with('*')) begin.remove_suffix(1);
            if (patterns[i].empty() || !is_part(begin))
                violations_.add(
                    place_of(list, i), "must be a name, or the beginning of one and then \"*\""
                );
        }
    }

    Violations& violations_;
};

} // namespace policy::detail

CELLOS_DECL Result<PolicyPack> parse_policy_pack(std::string_view text) {
    Violations violations;
    PolicyPack pack;
    std::optional<json::ParsedTree> tree = json::parse_tree(text, violations);
    if (tree && !tree->is_object()) {
        violations.add_sentence("the policy pack", "must be an object");
    } else if (tree) {
        json::read(std::move(*tree), pack, json::Place{}, violations);
        policy::detail::RulesCheck{violations}.pack(pack);
    }
    if (!violations.empty()) return failure(violations.error());
    return pack;
}

CELLOS_DECL std::string to_json(const PolicyPack& pack) {
    return json::write(pack);
}

} // namespace cellos::inline CELLOS_ABI
