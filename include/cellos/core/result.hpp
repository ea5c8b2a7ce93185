#pragma once

#include <cellos/core/error.hpp>
#include <cellos/core/fwd.hpp>

#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace cellos::inline v0 {

/// The failing alternative of any `Result<T>`: `return failure(CellosError::Kind::Host, "…");`
[[nodiscard]] inline tl::unexpected<CellosError> failure(
    CellosError::Kind kind, std::string message
) {
    return tl::unexpected<CellosError>{CellosError{kind, std::move(message)}};
}

/// Passes an error on to a caller whose `Result` holds another type.
[[nodiscard]] inline tl::unexpected<CellosError> failure(CellosError error) {
    return tl::unexpected<CellosError>{std::move(error)};
}

} // namespace cellos::inline v0
