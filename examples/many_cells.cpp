// many-cells DOCUMENT TRACE: runs a document twelve times through one supervisor that four threads
// share, and writes a trace of it that https://ui.perfetto.dev opens.
#include <cellos/cellos.hpp>

#include <functional>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: many-cells DOCUMENT TRACE\n";
        return 2;
    }
    const auto text = cellos::os::read_file(AT_FDCWD, argv[1]);
    const auto document = text ? cellos::parse_document(*text) : failure_of(text);
    auto trace = cellos::ChromeTraceTracer::open(argv[2]);
    if (!document || !trace) {
        std::cerr << (document ? trace.error() : document.error()).what() << '\n';
        return 2;
    }

    // Both sides of the run are traced: the supervisor's phases, and the backend's calls of runsc.
    cellos::Supervisor supervisor{
        cellos::GVisorCellBackend{{.spans = cellos::spans_of(*trace)}}, std::ref(*trace)};
    const auto run_three = [&](int thread) {
        for (int i = 0; i < 3; ++i) {
            cellos::ExecutionCellDocument mine = *document;
            mine.spec.id += '-' + std::to_string(thread) + '.' + std::to_string(i + 1);
            const auto report = supervisor.run(mine);
            if (!report) std::cerr << report.error().what() << '\n';
        }
    };
    std::vector<std::jthread> threads;
    for (int thread = 1; thread <= 4; ++thread) threads.emplace_back(run_three, thread);
}
