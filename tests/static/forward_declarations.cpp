// Classes that users know can be declared before their headers are included.
#include <cellos/core/config.hpp>

namespace cellos::inline CELLOS_ABI {
class GVisorCellBackend;
class JsonLinesEventSink;
class KnownSecrets;
class MemorySecretBroker;
class Replay;
struct ExecutionCellDocument;
} // namespace cellos::inline CELLOS_ABI

struct Pipeline {
    cellos::GVisorCellBackend* backend;
    cellos::JsonLinesEventSink* sink;
    cellos::MemorySecretBroker* broker;
};

#include <cellos/cellos.hpp>

static_assert(sizeof(Pipeline) > 0 && sizeof(cellos::GVisorCellBackend) > 0);
static_assert(sizeof(cellos::KnownSecrets) > 0 && sizeof(cellos::Replay) > 0);
