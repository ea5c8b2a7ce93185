#pragma once

#include <cellos/core/error.hpp>
#include <cellos/core/fwd.hpp>

#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace cellos::inline CELLOS_ABI {

/// Makes the error of any `Result<T>`: `return failure(CellosError::Kind::Host, "…");`
[[nodiscard]] inline tl::unexpected<CellosError> failure(
    CellosError::Kind kind, std::string message
) {
    return tl::unexpected<CellosError>{CellosError{kind, std::move(message)}};
}

/// Makes the error of any `Result<T>` from an existing one.
[[nodiscard]] inline tl::unexpected<CellosError> failure(CellosError error) {
    return tl::unexpected<CellosError>{std::move(error)};
}

/// Passes the error of a failed result on, as the error of a `Result` of another type: `if (!file)
/// return failure_of(file);`
template <class T>
[[nodiscard]] tl::unexpected<CellosError> failure_of(const Result<T>& failed) {
    return tl::unexpected<CellosError>{failed.error()};
}

} // namespace cellos::inline CELLOS_ABI
