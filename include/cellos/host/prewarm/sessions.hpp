#pragma once

#include <cellos/core/fwd.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/session_concepts.hpp>

namespace cellos::inline CELLOS_ABI::prewarm {

/// A base of Prewarmed: empty, unless the decorated backend has sessions. (A constrained member
/// would be a member called `open_session` for every backend.)
template <class Self, class Backend>
struct ForwardedSessions {};

template <class Self, CommandSessions Backend>
struct ForwardedSessions<Self, Backend> {
    /// The decorated backend's `open_session`, in a sandbox that has waited for the cell if there
    /// is one. Blocks for the opening and at most 50 ms more.
    [[nodiscard]] Result<cellos::detail::session_of<Backend>> open_session(
        const CellHandle& handle, SessionContext& context
    ) {
        return static_cast<Self&>(*this).cells_->open_session(handle, context);
    }
};

} // namespace cellos::inline CELLOS_ABI::prewarm
