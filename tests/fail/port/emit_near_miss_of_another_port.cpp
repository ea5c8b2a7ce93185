// EXPECT: the event sink P must have emit(const CloudEvent&) -> Result<void>
#include "../case.hpp"

// It is an export sink, but its events would be lost in silence.
struct Sink {
    Result<ExportReceipt> export_artifact(const ExportArtifactMetadata&, ArtifactReader&);
#ifdef VIOLATION
    bool emit(const CloudEvent&);
#else
    Result<void> emit(const CloudEvent&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Sink{}}.run(document);
}
