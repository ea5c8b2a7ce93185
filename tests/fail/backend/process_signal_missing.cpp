// EXPECT: the process of B's session must have signal(int number)
#include "../case.hpp"

struct Process {
    Result<std::optional<CommandEnd>> wait(Clock::time_point until, const std::stop_token& stop);
#ifndef VIOLATION
    void signal(int number);
#endif
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Opening<OpenedOf<Process>>{}}.open(document);
}
