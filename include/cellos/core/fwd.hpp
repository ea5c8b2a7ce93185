/// @file
/// The vocabulary by name only. The concept headers need no more than this, so that whoever merely
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
struct CloudEvent;
struct ExportArtifactMetadata;
struct ExportReceipt;
class ArtifactReader;
class Secret;

/// What every fallible operation returns: a value or a CellosError. Errors are values; no function
/// of this library throws for a reason that lies outside the program.
template <class T>
using Result = tl::expected<T, CellosError>;

} // namespace cellos::inline CELLOS_ABI
