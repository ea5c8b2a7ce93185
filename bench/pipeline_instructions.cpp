// Leads a thousand lives of a cell in one of the ways, for callgrind to count the instructions of
// `measured`: see pipeline_instructions.py.
#include "pipeline.hpp"

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace {

template <class Way, int ports>
[[gnu::noinline]] bool measured(Way& way, const cellos::ExecutionCellDocument& document) {
    return way.template run<ports>(document)->outcome == cellos::Outcome::Succeeded;
}

template <class Way>
int run_lifecycles(int ports) {
    Way way;
    const auto document = pipeline::only_lifecycle_document();
    for (int i = 0; i < 1000; ++i) {
        const bool succeeded = ports == 0   ? measured<Way, 0>(way, document)
                               : ports == 1 ? measured<Way, 1>(way, document)
                                            : measured<Way, 3>(way, document);
        if (!succeeded) return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char** argv) {
    const std::string_view way = argc == 3 ? argv[1] : "";
    const int ports = argc == 3 ? std::atoi(argv[2]) : 0;
    if (way == "hand") return run_lifecycles<pipeline::ByHand>(ports);
    if (way == "template") return run_lifecycles<pipeline::ByTemplate>(ports);
    if (way == "virtual") return run_lifecycles<pipeline::ByVirtualDispatch>(ports);
    std::cerr << "usage: pipeline_instructions hand|template|virtual 0|1|3\n";
    return 2;
}
