// EXPECT: the export sink P must have export_artifact(const ExportArtifactMetadata&, ArtifactReader&) -> Result<ExportReceipt>
#include "../case.hpp"

struct Exporter {
#ifdef VIOLATION
    void export_artifact(const ExportArtifactMetadata&, ArtifactReader&);
#else
    Result<ExportReceipt> export_artifact(const ExportArtifactMetadata&, ArtifactReader&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Exporter{}}.run(document);
}
