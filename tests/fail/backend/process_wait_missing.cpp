// EXPECT: the process of B's session must have wait(std::chrono::steady_clock::time_point, const std::stop_token&) -> Result<std::optional<CommandEnd>>
#include "../case.hpp"

struct Process {
#ifndef VIOLATION
    Result<std::optional<CommandEnd>> wait(Clock::time_point until, const std::stop_token& stop);
#endif
    void signal(int number);
};

auto use(const ExecutionCellDocument& document) {
    return cellos::Supervisor{Opening<OpenedOf<Process>>{}}.open(document);
}
