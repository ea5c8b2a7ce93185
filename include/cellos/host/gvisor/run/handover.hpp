#pragma once

#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/gvisor/launcher/wire.hpp>
#include <cellos/os/input_feed.hpp>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI::gvisor {

/// What a sandbox that was booted ahead is told of its cell, as the launcher reads it
/// (<cellos/host/gvisor/launcher/wire.hpp>). Values of secrets are read where the context keeps
/// them, and copied nowhere but into the pipe. For one run, by one thread.
class Handover {
public:
    /// Opens the input files of the host. `group_limits_memory`: as for bundle_config(). What the
    /// cold way refuses is refused here in the same words. Unsupported: the hand-over has no room
    /// for so much.
    [[nodiscard]] CELLOS_DECL static Result<Handover> make(
        const CellPlan& plan, const RunContext& context, bool group_limits_memory
    );

    /// To be called once. The pieces name memory of this object and of the context, which must both
    /// outlive them.
    [[nodiscard]] CELLOS_DECL std::deque<os::InputFeed::Piece> take_pieces();

    /// What a failure of the launcher begins with.
    [[nodiscard]] CELLOS_DECL std::string nonce() const;

private:
    Handover() = default;

    [[nodiscard]] Result<void> add_text(
        const CellPlan& plan, const RunContext& context, bool group_limits_memory
    );
    [[nodiscard]] Result<void> add_input(const InputFile& input);
    void add_file(const std::string& name, std::string_view content, std::uint32_t& count);
    void add_file_header(const std::string& name, std::uint64_t size, std::uint32_t& count);
    [[nodiscard]] std::string_view keep(std::string text);

    launcher::Handover head_{};
    std::deque<std::string> owned_{}; // whose elements stay where they are when it is moved
    std::deque<os::InputFeed::Piece> pieces_{};
};

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/handover.ipp>
#endif
