#pragma once

#include <cellos/core/artifact.hpp>
#include <cellos/core/artifact_access.hpp>
#include <cellos/core/backend_concepts.hpp>
#include <cellos/core/exit_status.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/config.hpp>
#include <cellos/host/gvisor/run/warm_sandbox.hpp>
#include <cellos/host/prewarm/concepts.hpp>
#include <cellos/host/sandbox/recovery_report.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// Runs each cell in a gVisor sandbox of its own, with `runsc`. Linux; Debian's and Ubuntu's
/// `runsc` package is enough.
///
/// `create` refuses what cannot be enforced and makes the cell's files; `execute` boots the
/// sandbox, runs the command and returns how it ended; `destroy` says `destroyed` only after it has
/// seen that every process is dead and every file removed. Nothing happens on construction: a
/// missing runsc is an error of the first `create`. Thread-safe; movable while no call is under
/// way. The destructor ends and removes cells that nobody destroyed.
class GVisorCellBackend {
public:
    static constexpr std::string_view name = "gvisor";

    CELLOS_DECL explicit GVisorCellBackend(GVisorConfig config = {});
    CELLOS_DECL GVisorCellBackend(GVisorCellBackend&&) noexcept;
    CELLOS_DECL GVisorCellBackend& operator=(GVisorCellBackend&&) noexcept;
    CELLOS_DECL ~GVisorCellBackend();

    /// The cell is this object's until `destroy`. Errors: what validate() says; Unsupported, with
    /// one line for each thing that cannot be enforced or done; Host. After an error nothing of the
    /// cell is left.
    [[nodiscard]] CELLOS_DECL Result<CellHandle> create(const ExecutionCellDocument& document);

    /// Runs the command of the document that the cell was made for, once, with that document's
    /// variables and the context's secrets, input files and streams. Blocks until the workload has
    /// ended or was made to, by the context's deadline or its stop token; then no process of the
    /// sandbox is left. Errors: CommandNotFound and CommandNotExecutable; SandboxFailed, where
    /// nothing is known of the workload; Host; UnknownCell.
    [[nodiscard]] CELLOS_DECL Result<ExitStatus> execute(
        const CellHandle& handle, const RunContext& context
    );

    /// A file that the workload has left at the artifact's path; its reader must be gone before
    /// `destroy` is called. What is reached through a symbolic link, is no regular file, has a
    /// second name (hard link) or is larger than the cell's volumes is refused: all of it is the
    /// workload's doing.
    [[nodiscard]] CELLOS_DECL Result<std::unique_ptr<ArtifactReader>> open_artifact(
        const CellHandle& handle, const ExportArtifact& artifact
    );

    /// Of several calls for one cell, also at the same time, exactly one succeeds; the others get
    /// UnknownCell. After a failure (TeardownIncomplete) the cell is still tracked, and another
    /// call can finish the work.
    [[nodiscard]] CELLOS_DECL Result<TeardownReport> destroy(const CellHandle& handle);

    /// Ends and removes the cells that dead programs left in the configured state directory, and
    /// nothing else: not the cells of this object or of any other living program, and nothing of
    /// another state directory. Needs no runsc. Fails only if the directory cannot be read or
    /// belongs to somebody else; what could not be removed is in the report. May be called at any
    /// time.
    [[nodiscard]] CELLOS_DECL Result<RecoveryReport> recover();

    // --- For Prewarmed<GVisorCellBackend>, see <cellos/host/prewarmed.hpp> ----------------------

    /// A sandbox that was booted ahead of its cell. It must not outlive the backend object.
    using WarmSandbox = gvisor::WarmSandbox;

    /// Cells of documents with the same shape can take each other's sandboxes. The error says why a
    /// cell of this document can take none.
    [[nodiscard]] CELLOS_DECL Result<std::string> shape_of(const ExecutionCellDocument& document);

    /// Starts to boot a sandbox for documents of the shape of `like`, with GVisorConfig::launcher
    /// on GVisorConfig::warm_platform. Of `options` it takes the command that prepares it.
    [[nodiscard]] CELLOS_DECL Result<WarmSandbox> boot_warm(
        const ExecutionCellDocument& like, const PoolOptions& options, BootPace pace
    );

    /// `create` with a sandbox of the document's shape. An error leaves the sandbox as it was.
    [[nodiscard]] CELLOS_DECL Result<CellHandle> create_from(
        WarmSandbox& sandbox, const ExecutionCellDocument& document
    );

private:
    struct State;
    std::unique_ptr<State> state_;
};

static_assert(InCellExecution<GVisorCellBackend>);
static_assert(ArtifactAccess<GVisorCellBackend>);
static_assert(Prewarmable<GVisorCellBackend>);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/backend.ipp>
#endif
