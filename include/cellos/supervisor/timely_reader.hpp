#pragma once

#include <cellos/core/artifact.hpp>
#include <cellos/core/result.hpp>
#include <cellos/supervisor/run_state.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace cellos::inline CELLOS_ABI::detail {

/// An artifact for as long as its cell may export: later, reading it is an error. Both arguments
/// must outlive this object.
class TimelyReader final : public ArtifactReader {
public:
    TimelyReader(ArtifactReader& reader, const RunState& state) noexcept
        : reader_{reader}, state_{state} {}

    [[nodiscard]] std::uint64_t size_bytes() const noexcept override {
        return reader_.size_bytes();
    }
    [[nodiscard]] std::optional<std::uint32_t> mode() const noexcept override {
        return reader_.mode();
    }
    [[nodiscard]] Result<std::size_t> read(std::span<std::byte> buffer) override {
        if (auto may = state_.may_export(); !may) return failure_of(may);
        return reader_.read(buffer);
    }

private:
    ArtifactReader& reader_;
    const RunState& state_;
};

} // namespace cellos::inline CELLOS_ABI::detail
