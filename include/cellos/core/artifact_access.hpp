#pragma once

#include <cellos/core/artifact.hpp>
#include <cellos/core/backend_concepts.hpp>

#include <memory>

namespace cellos::inline CELLOS_ABI {

struct ExportArtifact;

/// A type B satisfies ArtifactAccess if it satisfies CellBackend and
///   1. `b.open_artifact(cell, artifact)` returns exactly Result<std::unique_ptr<ArtifactReader>>
///      for a const CellHandle and a const ExportArtifact.
///
/// It is called after the workload has ended and before destroy, once per artifact and export sink;
/// the reader is destroyed before destroy is called. The cell's files need **not** be reachable at
/// any other time. A supervisor whose backend does not satisfy this concept refuses a document with
/// `export`.
///
///     struct Exporting : Executing {
///         Result<std::unique_ptr<ArtifactReader>>
///         open_artifact(const CellHandle& cell, const ExportArtifact& artifact) {
///             return std::make_unique<FileReader>(directory_of(cell) / artifact.name);
///         }
///     };
template <class B>
concept ArtifactAccess =
    CellBackend<B> &&
    requires(detail::lvalue_of<B> backend, const CellHandle& cell, const ExportArtifact& artifact) {
        {
            backend.open_artifact(cell, artifact)
        } -> detail::same<Result<std::unique_ptr<ArtifactReader>>>;
    };

} // namespace cellos::inline CELLOS_ABI
