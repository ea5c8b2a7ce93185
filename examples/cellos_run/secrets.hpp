#pragma once

#include "options.hpp"

#include <cellos/broker/environment.hpp>
#include <cellos/core/document.hpp>
#include <cellos/core/violations.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace cellos_run {

/// Hands out the variables that the command line lists, by name or by prefix, and no other: a
/// document is not to choose what of this program's environment it gets.
class ListedSecrets {
public:
    static constexpr std::string_view name = "environment";

    explicit ListedSecrets(const Options& options)
        : names_{options.secrets},
          has_prefix_{options.secret_prefix.has_value()},
          prefixed_{options.secret_prefix.value_or(std::string{})} {}

    /// All references of the document that are not handed out, before it gets a cell.
    [[nodiscard]] cellos::Result<void> check(const cellos::ExecutionCellDocument& document) const {
        cellos::Violations violations;
        const auto& references = document.spec.authority.secret_refs;
        for (std::size_t i = 0; i < references.size(); ++i) {
            if (hands_out(references[i])) continue;
            std::string path = "spec.authority.secretRefs";
            cellos::append_element(path, i);
            violations.add(
                std::move(path),
                "is not handed out: list it by --secret " + references[i] +
                    ", or use "
                    "--secret-prefix",
                cellos::CellosError::Kind::SecretBroker
            );
        }
        if (violations.empty()) return {};
        return cellos::failure(cellos::CellosError::Kind::SecretBroker, violations.error().message);
    }

    [[nodiscard]] cellos::Result<cellos::Secret> resolve(
        std::string_view reference, const cellos::CellHandle& cell
    ) const {
        if (is_listed(reference)) return plain_.resolve(reference, cell);
        if (has_prefix_) return prefixed_.resolve(reference, cell);
        return cellos::failure(
            cellos::CellosError::Kind::SecretBroker, "it is not listed by --secret"
        );
    }

    [[nodiscard]] cellos::Result<void> revoke_for_cell(std::string_view) const { return {}; }

private:
    [[nodiscard]] bool is_listed(std::string_view reference) const {
        return std::ranges::find(names_, reference) != names_.end();
    }
    [[nodiscard]] bool hands_out(std::string_view reference) const {
        return has_prefix_ || is_listed(reference);
    }

    std::vector<std::string> names_;
    bool has_prefix_;
    cellos::EnvSecretBroker plain_{};
    cellos::EnvSecretBroker prefixed_;
};

} // namespace cellos_run
