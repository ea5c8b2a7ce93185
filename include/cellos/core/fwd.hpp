/// @file
/// Forward declarations of the vocabulary. The concept headers need no more, so a header that only
/// states a requirement does not pay for <filesystem>, <chrono> and <variant>.
#pragma once

#include <cellos/core/config.hpp>

namespace tl {
template <class T, class E>
class expected;
}

namespace cellos::inline CELLOS_ABI {

struct CellosError;
struct ExecutionCellDocument;
struct CellHandle;
struct TeardownReport;
struct ExitStatus;
struct RunContext;
struct SessionContext;
struct CommandContext;
struct CommandEnd;
struct CloudEvent;
struct ExportArtifactMetadata;
struct ExportReceipt;
struct PolicyDecision;
class ArtifactReader;
class Secret;

/// The result of an operation that can fail: a value or a CellosError. Errors are values; no
/// function of this library throws for reasons outside the program.
template <class T>
using Result = tl::expected<T, CellosError>;

} // namespace cellos::inline CELLOS_ABI
