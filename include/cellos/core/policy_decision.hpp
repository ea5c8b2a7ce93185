#pragma once

#include <cellos/core/document.hpp>

#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// What an AdmissionPolicy says of a document.
struct PolicyDecision {
    /// The pack that decided. A supervisor admits nothing by a decision that names none, nor by
    /// that of another pack than the document names.
    PolicyReference pack{};
    /// Everything that the pack does not allow, a line each: the JSON path and what is allowed
    /// there, never a value of the document. Empty: the document is admitted.
    std::vector<std::string> violations{};

    [[nodiscard]] bool admits() const noexcept { return violations.empty(); }

    friend bool operator==(const PolicyDecision&, const PolicyDecision&) = default;
};

} // namespace cellos::inline CELLOS_ABI
