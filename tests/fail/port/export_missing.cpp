// EXPECT: P is no port: neither EventSink, SecretBroker, ExportSink, Tracer nor AdmissionPolicy
#include "../case.hpp"

struct Exporter {
#ifndef VIOLATION
    Result<ExportReceipt> export_artifact(const ExportArtifactMetadata&, ArtifactReader&);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{StubCellBackend{}, Exporter{}}.run(document);
}
