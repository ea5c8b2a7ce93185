/// @file
/// The backend as its pool sees it. The pool is not a template: these two interfaces are all that
/// it knows of a backend and its sandboxes.
#pragma once

#include <cellos/core/fwd.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/prewarm/concepts.hpp>
#include <cellos/host/prewarm/options.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <poll.h>

namespace cellos::inline CELLOS_ABI::prewarm {

/// A sandbox that a pool keeps; see WaitingSandbox for the members. Destroying the object ends and
/// removes the sandbox. Used by one thread at a time.
class CELLOS_POLYMORPHIC PooledSandbox {
public:
    PooledSandbox() = default;
    PooledSandbox(const PooledSandbox&) = delete;
    PooledSandbox& operator=(const PooledSandbox&) = delete;
    virtual ~PooledSandbox() = default;

    /// Appends what to poll for.
    virtual void append_waited(std::vector<pollfd>& waited) const = 0;
    [[nodiscard]] virtual Result<bool> is_ready() = 0;
    [[nodiscard]] virtual std::optional<std::uint64_t> memory_bytes() const = 0;
};

/// Boots sandboxes; see Prewarmable for the members. Thread-safe.
class CELLOS_POLYMORPHIC SandboxSource {
public:
    SandboxSource() = default;
    SandboxSource(const SandboxSource&) = delete;
    SandboxSource& operator=(const SandboxSource&) = delete;
    virtual ~SandboxSource() = default;

    [[nodiscard]] virtual Result<std::string> shape_of(const ExecutionCellDocument& document) = 0;
    /// Starts to boot a sandbox and returns without waiting for it.
    [[nodiscard]] virtual Result<std::unique_ptr<PooledSandbox>> boot(
        const ExecutionCellDocument& like, const PoolOptions& options, BootPace pace
    ) = 0;
};

/// A backend's sandboxes.
template <Prewarmable Backend>
class BackendSource final : public SandboxSource {
public:
    using WarmSandbox = cellos::detail::warm_sandbox_of<Backend>;

    /// `backend` must outlive it.
    explicit BackendSource(Backend& backend) noexcept : backend_{backend} {}

    [[nodiscard]] Result<std::string> shape_of(const ExecutionCellDocument& document) override {
        return backend_.shape_of(document);
    }
    [[nodiscard]] Result<std::unique_ptr<PooledSandbox>> boot(
        const ExecutionCellDocument& like, const PoolOptions& options, BootPace pace
    ) override {
        auto sandbox = backend_.boot_warm(like, options, pace);
        if (!sandbox) return failure_of(sandbox);
        return std::make_unique<Pooled>(*std::move(sandbox));
    }

    /// The backend's sandbox inside one that boot() has made.
    [[nodiscard]] static WarmSandbox& sandbox_in(PooledSandbox& sandbox) noexcept {
        return static_cast<Pooled&>(sandbox).sandbox;
    }

private:
    struct Pooled final : PooledSandbox {
        explicit Pooled(WarmSandbox booting) : sandbox{std::move(booting)} {}

        void append_waited(std::vector<pollfd>& waited) const override {
            for (const auto& each : sandbox.waited()) waited.push_back(each);
        }
        Result<bool> is_ready() override { return sandbox.is_ready(); }
        std::optional<std::uint64_t> memory_bytes() const override {
            return sandbox.memory_bytes();
        }

        WarmSandbox sandbox;
    };

    Backend& backend_;
};

} // namespace cellos::inline CELLOS_ABI::prewarm
