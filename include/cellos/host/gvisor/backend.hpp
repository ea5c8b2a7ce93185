#pragma once

#include <cellos/core/artifact.hpp>
#include <cellos/core/artifact_access.hpp>
#include <cellos/core/backend_concepts.hpp>
#include <cellos/core/exit_status.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/session_concepts.hpp>
#include <cellos/host/gvisor/config.hpp>
#include <cellos/host/gvisor/run/sandbox_session.hpp>
#include <cellos/host/gvisor/run/warm_sandbox.hpp>
#include <cellos/host/prewarm/concepts.hpp>
#include <cellos/host/sandbox/recovery_report.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// Runs each cell in its own gVisor sandbox, with `runsc`. Linux only; Debian's and Ubuntu's
/// `runsc` package is enough.
///
/// `create` refuses what cannot be enforced and makes the cell's files; `execute` boots the
/// sandbox, runs the command and returns how it ended; `destroy` reports `destroyed` only after it
/// has verified that every process is dead and every file removed. Construction does nothing: a
/// missing runsc is an error of the first `create`. Thread-safe; movable while no call is in
/// progress. The destructor ends and removes cells that have not been destroyed.
class GVisorCellBackend {
public:
    static constexpr std::string_view name = "gvisor";
    static constexpr ArgvBounds argv_bounds = gvisor::argv_bounds;

    CELLOS_DECL explicit GVisorCellBackend(GVisorConfig config = {});
    CELLOS_DECL GVisorCellBackend(GVisorCellBackend&&) noexcept;
    CELLOS_DECL GVisorCellBackend& operator=(GVisorCellBackend&&) noexcept;
    CELLOS_DECL ~GVisorCellBackend();

    /// Creates a cell, which belongs to this object until `destroy`. Errors: those of validate();
    /// Unsupported, with one line for each thing that cannot be enforced or done, or that exceeds
    /// GVisorConfig::ceilings; TooManyCells; Host. After an error nothing of the cell is left.
    [[nodiscard]] CELLOS_DECL Result<CellHandle> create(const ExecutionCellDocument& document);

    /// Runs the command of the cell's document, once, with the document's variables and the
    /// context's secrets, input files and streams. Blocks until the workload has ended, or was
    /// ended by the context's deadline or stop token; no process of the sandbox is left then.
    /// Errors: CommandNotFound and CommandNotExecutable; InvalidSpec, if there is no command;
    /// SandboxFailed, if it is unknown how the
    /// workload ended; Host; UnknownCell.
    [[nodiscard]] CELLOS_DECL Result<ExitStatus> execute(
        const CellHandle& handle, const RunContext& context
    );

    /// Boots the cell's sandbox, or takes one that has waited, and makes it ready for commands: at
    /// most once for a cell, and not beside execute(). The session is to be destroyed before the
    /// cell is. Errors: Cancelled, the context's deadline or stop came first; SandboxFailed; Host;
    /// UnknownCell.
    [[nodiscard]] CELLOS_DECL Result<gvisor::SandboxSession> open_session(
        const CellHandle& handle, SessionContext& context
    );

    /// Opens the file that the workload has left at the artifact's path; destroy the reader before
    /// calling `destroy`. Since an untrusted workload made it, the file is refused (ExportSink) if
    /// it is reached through a symbolic link, is not a regular file, has a second hard link, or is
    /// larger than the cell's volumes.
    [[nodiscard]] CELLOS_DECL Result<std::unique_ptr<ArtifactReader>> open_artifact(
        const CellHandle& handle, const ExportArtifact& artifact
    );

    /// Ends and removes a cell. If it is called several times for one cell, even concurrently,
    /// exactly one call succeeds; the others get UnknownCell. After a failure (TeardownIncomplete)
    /// the cell is still tracked, and another call can finish the work.
    [[nodiscard]] CELLOS_DECL Result<TeardownReport> destroy(const CellHandle& handle);

    /// Ends and removes the cells that dead programs left in the configured state directory. It
    /// does not touch the cells of this object or of another living program, or another state
    /// directory. Needs no runsc. Fails (Host) only if the directory cannot be read or is not
    /// private to this user; cells that could not be removed are listed in the report. May be
    /// called at any time.
    [[nodiscard]] CELLOS_DECL Result<RecoveryReport> recover();

    // --- For Prewarmed<GVisorCellBackend>, see <cellos/host/prewarmed.hpp> ----------------------

    /// A sandbox that was booted before its cell was created. It must not outlive the backend
    /// object.
    using WarmSandbox = gvisor::WarmSandbox;

    /// The shape of a document: cells of documents with equal shapes can use the same sandboxes.
    /// The error says why a cell of this document can use none.
    [[nodiscard]] CELLOS_DECL Result<std::string> shape_of(const ExecutionCellDocument& document);

    /// Starts to boot a sandbox for documents of the shape of `like`, with GVisorConfig::agent
    /// on GVisorConfig::warm_platform. Of `options` only `prepare` is used.
    [[nodiscard]] CELLOS_DECL Result<WarmSandbox> boot_warm(
        const ExecutionCellDocument& like, const PoolOptions& options, BootPace pace
    );

    /// Like `create`, with a sandbox of the document's shape. An error leaves the sandbox
    /// unchanged.
    [[nodiscard]] CELLOS_DECL Result<CellHandle> create_from(
        WarmSandbox& sandbox, const ExecutionCellDocument& document
    );

private:
    struct State;
    std::unique_ptr<State> state_;
};

static_assert(InCellExecution<GVisorCellBackend>);
static_assert(CommandSessions<GVisorCellBackend>);
static_assert(ArtifactAccess<GVisorCellBackend>);
static_assert(Prewarmable<GVisorCellBackend>);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/backend.ipp>
#endif
