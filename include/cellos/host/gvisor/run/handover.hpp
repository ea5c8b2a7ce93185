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

/// The message that tells a sandbox booted ahead what to run, as the launcher reads it
/// (<cellos/host/gvisor/launcher/wire.hpp>). Values of secrets are written directly from the
/// context into the pipe, without other copies. For one run, by one thread.
class Handover {
public:
    /// Opens the input files on the host. `group_limits_memory`: as for bundle_config(). Refuses
    /// what a cold run refuses, with the same errors. Unsupported: the hand-over would be too
    /// large.
    [[nodiscard]] CELLOS_DECL static Result<Handover> make(
        const CellPlan& plan, const RunContext& context, bool group_limits_memory
    );

    /// The bytes and files to send; call it once. The pieces refer to memory of this object and of
    /// the context, both of which must outlive them.
    [[nodiscard]] CELLOS_DECL std::deque<os::InputFeed::Piece> take_pieces();

    /// The bytes that a launcher::Failure begins with.
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
