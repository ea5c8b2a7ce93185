// The agent as process 1 of namespaces of this machine: what it does for who talks to it. The tests
// of the backend see it in sandboxes.
#include "agent/agent_process.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <memory>
#include <set>

#include <sys/resource.h>

using namespace cellos_test;
using namespace std::chrono_literals;
using wire::Kind;
using wire::Step;

namespace {

using Catch::Matchers::ContainsSubstring;

std::vector<std::string> shell(const std::string& script) {
    return {"sh", "-c", script};
}

struct Pipe {
    Descriptor read_end{};
    Descriptor write_end{};

    Pipe() {
        auto made = cellos::os::make_pipe().value();
        read_end = std::move(made.read_end);
        write_end = std::move(made.write_end);
    }
};

Descriptor nothing() {
    return Descriptor{::open("/dev/null", O_RDWR | O_CLOEXEC)};
}

// Under an emulator a child that cannot execute its program is noticed only as it ends.
void check_failed(const End& end, Step step, int error) {
    if (!emulator().empty()) {
        CHECK((end.told.kind == Kind::Failed || end.told.status == 127 << 8));
        return;
    }
    CHECK(end.told.kind == Kind::Failed);
    CHECK(end.told.step == step);
    CHECK(end.told.status == error);
    CHECK(end.output.empty());
}

void check_ended(const End& end, int status = 0) {
    CHECK(end.told.kind == Kind::Ended);
    CHECK(end.told.step == Step::None);
    CHECK(end.told.status == status);
}

} // namespace

TEST_CASE("A command runs as the cell's user, with nothing that it could regain", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    for (const std::uint32_t user : {1000U, 0U}) {
        CAPTURE(user);
        AgentProcess agent{{.user = user}};
        const auto ready = agent.told();
        CHECK(ready.kind == Kind::Ready);
        CHECK(ready.status == 0);
        const auto end = agent.run(
            {.arguments = shell("cat /proc/self/status; hostname; pwd; echo $A; ps -o sid= $$; "
                                "ls /proc/self/fd | wc -l; cat"),
             .variables = {"PATH=/usr/bin:/bin", "A=of the request"},
             .directory = "/tmp",
             .hostname = "somewhere"},
            "from stdin"
        );
        check_ended(end);
        CHECK(end.errors.empty());
        const std::string id = std::to_string(user);
        const std::string four = id + '\t' + id + '\t' + id + '\t' + id;
        CHECK_THAT(end.output, ContainsSubstring("Uid:\t" + four + '\n'));
        CHECK_THAT(end.output, ContainsSubstring("Gid:\t" + four + '\n'));
        CHECK_THAT(end.output, ContainsSubstring("Groups:\t \n"));
        for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
            CHECK_THAT(end.output, ContainsSubstring(std::string{set} + ":\t0000000000000000\n"));
        CHECK_THAT(end.output, ContainsSubstring("NoNewPrivs:\t1\n"));
        CHECK_THAT(end.output, ContainsSubstring("SigBlk:\t0000000000000000\n"));
        CHECK_THAT(end.output, ContainsSubstring("SigIgn:\t0000000000000000\n"));
        CHECK_THAT(end.output, ContainsSubstring("\nsomewhere\n/tmp\nof the request\n"));
        CHECK_THAT(end.output, ContainsSubstring("\n4\nfrom stdin")); // ls has one for the folder
    }
}

TEST_CASE("A command cannot signal, trace, limit or read the agent", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    for (const std::uint32_t user : {1000U, 0U}) {
        AgentProcess agent{{.user = user}};
        agent.told();
        const auto end = agent.run(
            {.arguments = shell("kill -KILL 1 || kill -TERM 1 || prlimit --pid 1 --nofile=3 || "
                                "head -c1 /proc/1/mem || echo x >/proc/1/mem || "
                                "readlink /proc/1/fd/0 || readlink /proc/1/exe || "
                                "setpriv --reuid=65532 true || echo refused; kill -KILL -1")}
        );
        CAPTURE(user, end.errors);
        CHECK(end.output == "refused\n");
        // As root of this machine it may open the place; in it is nothing to see.
        check_ended(agent.run({"true"}));
    }
}

TEST_CASE("The agent does not start commands that are the same user as itself", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    const auto end = agent.run({.arguments = {"true"}, .uid = 0});
    CHECK(end.told.kind == Kind::Failed);
    CHECK(end.told.step == Step::Drop);
    CHECK(end.told.status == EPERM);
}

TEST_CASE("What is run before the agent is ready is told, and leaves nothing", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    const auto ready = [](std::vector<std::string> prepare) {
        AgentProcess agent{{.prepare = std::move(prepare)}};
        const auto told = agent.told();
        CHECK(told.kind == Kind::Ready);
        const auto end = agent.run({.arguments = shell("cat /tmp/made; cd /proc; echo [0-9]*")});
        CHECK(end.output.starts_with("1000\n1 "));
        CHECK(std::ranges::count(end.output, ' ') == 1); // the agent, and the shell that asks
        return told.status;
    };
    CHECK(ready({"sh", "-c", "id -u >/tmp/made; sleep 100 & exit 3"}) == 3 << 8);
    AgentProcess agent{{.prepare = {"no-such-program"}}};
    const int status = agent.told().status;
    CHECK((status == -1 || !emulator().empty()));
}

TEST_CASE("A large write comes out whole, in however small parts it is read", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    Pipe output;
    const auto null = nothing();
    agent.exec(
        {.arguments = {"workload", "write", "3000000"}},
        {null.get(), output.write_end.get(), null.get()}
    );
    output.write_end.reset();
    CHECK(agent.told().kind == Kind::Started);
    std::size_t got = 0;
    std::string buffer(10'000, '\0');
    for (;;) {
        const auto count = ::read(output.read_end.get(), buffer.data(), buffer.size());
        if (count <= 0) break;
        got += static_cast<std::size_t>(count);
    }
    CHECK(got == 3'000'000);
    CHECK(agent.told().status == 0); // one write(2) of all of it
}

TEST_CASE("A reader that does not read keeps neither the end from being told nor the next command"
) {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    Pipe output;
    const auto null = nothing();
    Pipe errors;
    // More than the pipe of this side holds, and no more than what is on the way has room for.
    const std::string script = "yes | head -c 300000; echo >&2; exec yes";
    const auto id = agent.exec(
        {.arguments = {"sh", "-c", script}},
        {null.get(), output.write_end.get(), errors.write_end.get()}
    );
    output.write_end.reset();
    errors.write_end.reset();
    CHECK(agent.told().kind == Kind::Started);
    char written = 0;
    REQUIRE(::read(errors.read_end.get(), &written, 1) == 1);
    agent.signal(id + 1, SIGTERM); // of no command
    agent.signal(id, SIGTERM);
    const auto ended = agent.told();
    CHECK(ended.id == id);
    CHECK(ended.status == SIGTERM);
    const auto next = agent.run({"echo", "next"});
    check_ended(next);
    CHECK(next.output == "next\n");
    // What was written before the end is still there.
    std::string all, buffer(std::size_t{1} << 16, '\0');
    for (;;) {
        const auto count = ::read(output.read_end.get(), buffer.data(), buffer.size());
        if (count <= 0) break;
        all.append(buffer, 0, static_cast<std::size_t>(count));
    }
    CHECK(all.size() >= 300'000);
    CHECK(std::ranges::count(all, 'y') * 2 >= static_cast<std::ptrdiff_t>(all.size()) - 1);
}

TEST_CASE("A command whose reader has gone gets SIGPIPE", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    Pipe output;
    const auto null = nothing();
    agent.exec({.arguments = {"yes"}}, {null.get(), output.write_end.get(), null.get()});
    output.write_end.reset();
    CHECK(agent.told().kind == Kind::Started);
    output.read_end.reset();
    CHECK(agent.told().status == SIGPIPE);
}

TEST_CASE("Output and errors are kept apart, or in order through one pipe", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    const auto script =
        shell("for i in 1 2 3; do echo o$i; echo e$i >&2; done; echo again >/dev/stdout; "
              "echo again >/dev/stderr; cat");
    const auto apart = agent.run({.arguments = script}, "in\n");
    CHECK(apart.output == "o1\no2\no3\nagain\nin\n");
    CHECK(apart.errors == "e1\ne2\ne3\nagain\n");
    const auto merged = agent.run({.arguments = script, .merged = true}, "in\n");
    CHECK(merged.output == "o1\ne1\no2\ne2\no3\ne3\nagain\nagain\nin\n");
    CHECK(merged.errors.empty());
}

TEST_CASE("A background process neither delays the end nor outlives it", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    const auto begin = std::chrono::steady_clock::now();
    const auto end = agent.run(
        {.arguments = shell("sleep 60 & setsid sleep 60 & (trap '' TERM HUP; setsid sleep 60) & "
                            "echo started; exit 4")}
    );
    check_ended(end, 4 << 8);
    CHECK(end.output == "started\n");
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{10});
    const auto left = agent.run({.arguments = shell("cd /proc; echo [0-9]*; exec true")});
    CHECK(left.output.starts_with("1 "));
    CHECK(std::ranges::count(left.output, ' ') == 1); // the agent, and the shell that asks
}

TEST_CASE("A fork bomb ends with its first process", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    const auto end = agent.run(
        {.arguments = {"workload", "bomb", "300"},
         .limits = {{.value = 100, .resource = RLIMIT_NPROC}},
         .uid = 12345}
    );
    check_ended(end, 5 << 8);
    const auto left = agent.run({.arguments = shell("cd /proc; echo [0-9]*")});
    CHECK(std::ranges::count(left.output, ' ') == 1); // the agent, and the shell that asks
}

TEST_CASE("What has lost its parents is reaped while the command runs", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    const auto end = agent.run(
        {.arguments = {"workload", "fork-twice", "1500"},
         .limits = {{.value = 512, .resource = RLIMIT_NPROC}},
         .uid = 12346}
    );
    check_ended(end);
}

TEST_CASE("What cannot be executed is told with the step and the reason", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    check_failed(agent.run({"no-such-program"}), Step::Search, ENOENT);
    check_failed(agent.run({""}), Step::Search, ENOENT);
    check_failed(agent.run({"/no/such/program"}), Step::Execute, ENOENT);
    check_failed(agent.run({"/etc/passwd"}), Step::Execute, EACCES);
    check_failed(agent.run({"/etc"}), Step::Execute, EACCES);
    check_failed(
        agent.run({.arguments = {"true"}, .directory = "/no/such"}), Step::Directory, ENOENT
    );
}

TEST_CASE(
    "Programs are looked for on the PATH of the request, in absolute folders only", "[agent]"
) {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    check_failed(
        agent.run({.arguments = {"true"}, .variables = {"PATH=bin:.::usr/bin"}}),
        Step::Search,
        ENOENT
    );
    check_failed(agent.run({.arguments = {"true"}, .variables = {}}), Step::Search, ENOENT);
    // A file that cannot be executed is passed over.
    check_ended(agent.run(
        {.arguments = shell("mkdir /tmp/first && echo no >/tmp/first/true && mkdir /tmp/first/ls")}
    ));
    check_ended(
        agent.run({.arguments = {"true"}, .variables = {"PATH=/tmp/first:/no/such:/usr/bin:/bin"}})
    );
    const auto end = agent.run({.arguments = {"workload", "write", "1"}, .variables = {"PATH=/"}});
    CHECK(end.output == "x");
}

TEST_CASE("Limits hold for the command, and not for the agent", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    const auto end = agent.run(
        {.arguments = shell("ulimit -n; ulimit -f"),
         .limits =
             {{.value = 50, .resource = RLIMIT_NOFILE}, {.value = 1024, .resource = RLIMIT_FSIZE}}}
    );
    CHECK(end.output == "50\n2\n");
    const auto after = agent.run({.arguments = shell("ulimit -f")});
    CHECK(after.output != "2\n");
    check_failed(
        agent.run({.arguments = {"true"}, .limits = {{.value = 1, .resource = 1000}}}),
        Step::Limits,
        EINVAL
    );
}

TEST_CASE("Usage is that of the command and all that it started", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    const auto cpu = [](const End& end) {
        return static_cast<double>(end.told.user_micros + end.told.system_micros) / 1000;
    };
    CHECK(cpu(agent.run({"workload", "busy", "300"})) == Catch::Approx(300).margin(40));
    CHECK(cpu(agent.run({"workload", "busy-orphaned", "300"})) == Catch::Approx(300).margin(40));
    CHECK(cpu(agent.run({"true"})) < 50);
    const auto large = agent.run({"workload", "touch", "64"}).told.peak_kib;
    CHECK(large > 64U << 10);
    CHECK(large < 80U << 10);
    const auto small = agent.run({"true"}).told.peak_kib;
    CHECK((small < 4U << 10 || !emulator().empty()));
}

TEST_CASE("Signals go to the first process", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    Pipe output;
    const auto null = nothing();
    const auto id = agent.exec(
        {.arguments = shell("trap 'echo caught; exit 6' USR1; echo ready; "
                            "while :; do sleep 0.01; done")},
        {null.get(), output.write_end.get(), null.get()}
    );
    output.write_end.reset();
    CHECK(agent.told().kind == Kind::Started);
    char line[64];
    REQUIRE(::read(output.read_end.get(), line, sizeof line) == 6);
    agent.signal(id, SIGUSR1);
    CHECK(agent.told().status == 6 << 8);
    CHECK(::read(output.read_end.get(), line, sizeof line) == 7);
    // As it is told who has ended, it may be late.
    agent.signal(id, SIGKILL);
    check_ended(agent.run({"true"}));
}

TEST_CASE("A second command while one runs is refused, and the first goes on", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    Pipe input, output;
    const auto null = nothing();
    const auto first = agent.exec(
        {.arguments = {"cat"}}, {input.read_end.get(), output.write_end.get(), null.get()}
    );
    input.read_end.reset();
    output.write_end.reset();
    CHECK(agent.told().kind == Kind::Started);
    const auto second = agent.run({"true"});
    CHECK(second.told.kind == Kind::Failed);
    CHECK(second.told.id == first + 1);
    CHECK(second.told.step == Step::Read);
    CHECK(second.told.status == EBUSY);
    input.write_end.reset();
    const auto ended = agent.told();
    CHECK(ended.id == first);
    CHECK(ended.status == 0);
}

namespace {

// An emulator of programs knows no PID namespace of a child's own.
wire::Leftovers own_or_kept() {
    return emulator().empty() ? wire::Leftovers::EndOwn : wire::Leftovers::Keep;
}

// A command that runs while others do, whose output goes nowhere.
class Beside {
public:
    Beside(AgentProcess& agent, std::string script, wire::Leftovers leftovers) {
        const auto null = nothing();
        id = agent.exec(
            {.arguments = {"sh", "-c", std::move(script)}, .leftovers = leftovers},
            {input_.read_end.get(), null.get(), null.get()}
        );
        input_.read_end.reset();
        const auto told = agent.told();
        CHECK(told.kind == Kind::Started);
        CHECK(told.id == id);
    }
    void close_input() { input_.write_end.reset(); }

    /// Whether nobody of it is left, or is soon: whoever has its input open keeps that from
    /// breaking.
    [[nodiscard]] bool is_gone(std::chrono::seconds patience = 20s) const {
        return cellos::os::wait_readable(
            input_.write_end.get(), std::chrono::steady_clock::now() + patience, 0
        );
    }

    std::uint32_t id = 0;

private:
    Pipe input_{};
};

} // namespace

TEST_CASE(
    "Commands that leave others alone run beside each other, and each end is told", "[agent]"
) {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    Beside first{agent, "read line; exit 1", own_or_kept()};
    Beside second{agent, "read line; exit 2", wire::Leftovers::Keep};
    const auto third = agent.run({.arguments = {"echo", "third"}, .leftovers = own_or_kept()});
    CHECK(third.output == "third\n");
    CHECK(third.told.id == second.id + 1);
    // One with which everything ends has no place among them.
    CHECK(agent.run({"true"}).told.status == EBUSY);
    second.close_input();
    const auto second_end = agent.told();
    CHECK(second_end.id == second.id);
    CHECK(WEXITSTATUS(second_end.status) == 2);
    first.close_input();
    const auto first_end = agent.told();
    CHECK(first_end.id == first.id);
    CHECK(WEXITSTATUS(first_end.status) == 1);
    CHECK(agent.run({"true"}).told.status == 0);
}

TEST_CASE("No more commands run at a time than there is room for", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    std::vector<std::unique_ptr<Beside>> commands;
    for (int i = 0; i < wire::max_commands; ++i)
        commands.push_back(std::make_unique<Beside>(agent, "read line", own_or_kept()));
    const auto refused = agent.run({.arguments = {"true"}, .leftovers = own_or_kept()});
    CHECK(refused.told.kind == Kind::Failed);
    CHECK(refused.told.status == EAGAIN);
    commands.back()->close_input();
    CHECK(agent.told().id == commands.back()->id);
    const auto taken = agent.run({.arguments = {"true"}, .leftovers = own_or_kept()});
    CHECK(taken.told.kind == Kind::Ended);
    std::set<std::uint32_t> ended;
    for (auto& command : commands) command->close_input();
    for (int i = 1; i < wire::max_commands; ++i) ended.insert(agent.told().id);
    CHECK(ended.size() == static_cast<std::size_t>(wire::max_commands - 1));
}

TEST_CASE("What a command leaves behind ends with it unless it is to stay", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    const std::string leaves_a_child = "exec 3<&0; setsid sleep 1000 >/dev/null 2>&1 & exit 3";
    const auto ended = [&](wire::Leftovers leftovers) {
        auto command = std::make_unique<Beside>(agent, leaves_a_child, leftovers);
        const auto end = agent.told();
        CHECK(end.id == command->id);
        CHECK(WEXITSTATUS(end.status) == 3);
        return command;
    };
    if (emulator().empty()) CHECK(ended(wire::Leftovers::EndOwn)->is_gone());
    CHECK(ended(wire::Leftovers::EndAll)->is_gone());
    const auto kept = ended(wire::Leftovers::Keep);
    const auto next = agent.run({.arguments = {"true"}, .leftovers = wire::Leftovers::Keep});
    CHECK(next.told.status == 0);
    CHECK_FALSE(kept->is_gone(0s));
    // Until a command with which everything ends.
    CHECK(agent.run({"true"}).told.status == 0);
    CHECK(kept->is_gone());
}

TEST_CASE("A command that keeps what it leaves is killed with its group", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    // Its vfork(2) is a fork(2), so that there may be no group yet of what is told to have started.
    if (!emulator().empty()) {
        SUCCEED("an emulator tells of a start too early");
        return;
    }
    AgentProcess agent;
    agent.told();
    const Beside command{agent, "exec 3<&0; sleep 1000 & sleep 1000", wire::Leftovers::Keep};
    agent.signal(command.id, 9);
    CHECK(WTERMSIG(agent.told().status) == 9);
    CHECK(command.is_gone());
}

TEST_CASE("Large requests are read, and one after the other", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    std::vector<std::string> many{"sh", "-c", "echo $# ${1#??}", "sh"};
    for (int i = 0; i < 9000; ++i) many.emplace_back(100, 'x');
    const auto end = agent.run({.arguments = many});
    CHECK(end.output == "9000 " + std::string(98, 'x') + '\n');
    // Beyond what execve(2) takes: one string of more than 32 pages.
    check_failed(
        agent.run({.arguments = {"true", std::string(std::size_t{1} << 20, 'x')}}),
        Step::Execute,
        E2BIG
    );
    for (int i = 0; i < 100; ++i) CHECK(agent.run({"true"}).told.status == 0);
}

TEST_CASE("Only an Exec brings descriptors, and exactly three", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    const auto null = nothing();
    const auto refused = [&](wire::Verb verb, std::size_t count, const std::string& body) {
        AgentProcess agent;
        agent.told();
        agent.send(
            AgentProcess::message(verb, body.empty() ? agent.body_of({{"true"}}) : body, 9),
            std::vector<int>(count, null.get())
        );
        const auto told = agent.told();
        CHECK(told.kind == Kind::Failed);
        CHECK(told.step == Step::Read);
        CHECK(told.id == 9);
        CHECK(told.status == EPROTO);
        CHECK(agent.wait() == 1);
    };
    for (const std::size_t count : {0U, 1U, 2U, 4U, 5U, 100U}) {
        CAPTURE(count);
        refused(wire::Verb::Exec, count, {});
    }
    refused(wire::Verb::Put, 1, bytes_of(wire::Put{}));
    refused(wire::Verb::Signal, 3, bytes_of(wire::Signal{.number = 9}));
}

TEST_CASE("What cannot be understood ends the agent", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    const auto null = nothing();
    const auto refused = [&](const std::string& bytes, int error, bool with_descriptors = false) {
        AgentProcess agent;
        agent.told();
        agent.send(bytes, std::vector<int>(with_descriptors ? 3 : 0, null.get()));
        const auto told = agent.told();
        CHECK(told.kind == Kind::Failed);
        CHECK(told.step == Step::Read);
        CHECK(told.status == error);
        CHECK(agent.wait() == 1);
    };
    using wire::Head;
    using wire::Verb;
    refused(std::string(sizeof(Head), '\0'), EPROTO);
    refused(bytes_of(Head{.magic = wire::magic + 1}), EPROTO);
    refused(bytes_of(Head{.verb = Verb{9}, .bytes = 100}), EPROTO);
    refused(bytes_of(Head{.verb = Verb::Exec, .bytes = std::uint64_t{1} << 30}), E2BIG, true);
    refused(bytes_of(Head{.verb = Verb::Put, .bytes = 3}), EPROTO);
    refused(AgentProcess::message(Verb::Signal, bytes_of(wire::Signal{.number = 65}), 1), EPROTO);
    refused(
        AgentProcess::message(Verb::Exec, bytes_of(wire::Exec{.arguments = 1}), 1), EPROTO, true
    );
    refused(AgentProcess::message(Verb::Put, bytes_of(wire::Put{.files = 1}) + "short", 1), EPROTO);
    refused(AgentProcess::message(Verb::Put, bytes_of(wire::Put{.files = 0}) + "more", 1), EPROTO);
}

TEST_CASE(
    "The agent ends when who talked to it has gone, in the middle of a request, too", "[agent]"
) {
    CELLOS_NEEDS_AN_AGENT();
    for (const std::size_t sent : {0U, 1U, 23U, 24U, 30U}) {
        CAPTURE(sent);
        AgentProcess agent;
        agent.told();
        const auto null = nothing();
        const auto bytes =
            AgentProcess::message(wire::Verb::Exec, agent.body_of({{"sleep", "60"}}), 1);
        if (sent > 0) agent.send(bytes.substr(0, sent), std::vector<int>(3, null.get()));
        agent.hang_up();
        CHECK(agent.wait() == 0);
    }
    AgentProcess agent;
    agent.told();
    const auto null = nothing();
    agent.exec({.arguments = {"sleep", "60"}}, std::vector<int>(3, null.get()));
    CHECK(agent.told().kind == Kind::Started);
    agent.hang_up();
    CHECK(agent.wait() == 0);
}

TEST_CASE("Files are stored for the command, which cannot change them", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    for (const std::uint32_t user : {1000U, 0U}) {
        CAPTURE(user);
        AgentProcess agent{{.user = user}};
        agent.told();
        const std::string much(3'000'000, 'y');
        const auto stored = agent.put(
            wire::Directory::Inputs,
            {{"data", "1 2 3\n"},
             {"run me", "#!/bin/sh\necho ran\n", 0555},
             {"much", much},
             {"empty", ""}}
        );
        CHECK(stored.kind == Kind::Stored);
        CHECK(
            agent.put(wire::Directory::Secrets, {{"key", "secret\n", 0400}}).kind == Kind::Stored
        );
        const auto end = agent.run(
            {.arguments = shell(
                 "cat /inputs/data; '/inputs/run me'; wc -c </inputs/much; stat -c %a:%s "
                 "/inputs/*; "
                 "cat /run/secrets/key; stat -c %a:%u /run/secrets /run/secrets/key; "
                 "rm -f /inputs/data || echo x >/inputs/new || chmod 666 /inputs/data || echo kept"
             )}
        );
        const std::string owner = ':' + std::to_string(user) + '\n';
        CHECK(
            end.output == "1 2 3\nran\n3000000\n444:6\n444:0\n444:3000000\n555:19\nsecret\n500" +
                              owner + "400" + owner + "kept\n"
        );
        check_ended(end);
    }
}

TEST_CASE("A file that cannot be stored is told, and the conversation goes on", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    const auto failed = [&](const std::vector<AgentProcess::Stored>& files) {
        const auto told = agent.put(wire::Directory::Inputs, files);
        CHECK(told.kind == Kind::Failed);
        return std::pair{told.step, static_cast<int>(told.status)};
    };
    const std::string rest(1'000'000, 'z');
    for (const char* name : {"", ".", "..", "a//b", "/etc/passwd", "../tmp/x", "a/../../tmp/x"}) {
        CAPTURE(name);
        CHECK(failed({{name, rest}, {"never", rest}}) == std::pair{Step::Read, EINVAL});
    }
    CHECK(failed({{std::string(300, 'n'), rest}}) == std::pair{Step::Store, ENAMETOOLONG});
    const std::string too_long = "n/" + std::string(wire::max_path_bytes - 2, 'n');
    CHECK(failed({{too_long, rest}}) == std::pair{Step::Read, ENAMETOOLONG});
    CHECK(failed({{"twice", "1"}, {"twice", rest}}) == std::pair{Step::Store, EEXIST});
    const std::string huge(std::size_t{20} << 20, 'z'); // the place has 8 MiB
    CHECK(failed({{"huge", huge}, {"never", rest}}) == std::pair{Step::Store, ENOSPC});
    const auto secret = agent.put(wire::Directory::Secrets, {{"a/b", "secret", 0400}});
    CHECK(std::pair{secret.step, static_cast<int>(secret.status)} == std::pair{Step::Read, EINVAL});
    CHECK(agent.put(wire::Directory::Inputs, {{"after", rest}}).kind == Kind::Stored);
    CHECK(
        agent.run({.arguments = shell("echo /inputs/*")}).output == "/inputs/after /inputs/twice\n"
    );
}

TEST_CASE("The directories of files are made, and closed when they are told", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    for (const std::uint32_t user : {1000U, 0U}) {
        CAPTURE(user);
        AgentProcess agent{{.user = user}};
        agent.told();
        const auto put = [&](const std::vector<AgentProcess::Stored>& files) {
            const auto told = agent.put(wire::Directory::Inputs, files);
            return std::pair{told.kind, static_cast<int>(told.status)};
        };
        const std::pair stored{Kind::Stored, 0};
        CHECK(put({{"a/b/c/f", "text"}, {"a/g", "", 0555}}) == stored);
        CHECK(put({{"a/b/h", "more"}}) == stored);
        // Those below others first: afterwards none can be made there.
        CHECK(
            put(
                {{"none/at/all/", "", 0555},
                 {"none/at/", "", 0555},
                 {"none/", "", 0555},
                 {"a/b/c/", "", 0555},
                 {"a/b/", "", 0555},
                 {"a/", "", 0555}}
            ) == stored
        );
        CHECK(put({{"a/late", ""}}) == std::pair{Kind::Failed, EACCES});
        CHECK(put({{"a/g/", "", 0555}}) == std::pair{Kind::Failed, ENOTDIR});
        CHECK(put({{"a/g/below", ""}}) == std::pair{Kind::Failed, ENOTDIR});
        const auto end = agent.run(
            {.arguments = shell("cd /inputs && find * -type f -printf '%p %m %s\\n' | sort; find a "
                                "none -type d -printf '%m\\n' | sort -u; "
                                "cat a/b/c/f a/b/h; touch a/b/x || rm -rf a || mv a z || "
                                "mkdir none/x || chmod 777 a || echo kept")}
        );
        CHECK(end.output == "a/b/c/f 444 4\na/b/h 444 4\na/g 555 0\n555\ntextmorekept\n");
    }
}

TEST_CASE("Descriptors do not add up", "[agent]") {
    CELLOS_NEEDS_AN_AGENT();
    AgentProcess agent;
    agent.told();
    const auto open_files = [&] {
        // It makes the next pipes before it takes a request.
        static_cast<void>(agent.put(wire::Directory::Inputs, {}));
        const std::string folder = "/proc/" + std::to_string(agent.process()) + "/fd";
        std::size_t count = 0;
        for (const auto& file : std::filesystem::directory_iterator{folder})
            count += file.path().empty() ? 0U : 1U;
        return count;
    };
    for (int i = 0; i < 3; ++i) static_cast<void>(agent.run({"true"}));
    const auto before = open_files();
    for (int i = 0; i < 30; ++i) {
        static_cast<void>(agent.run({.arguments = {"true"}, .merged = i % 2 == 0}));
        static_cast<void>(agent.run({"no-such-program"}));
        static_cast<void>(agent.run({.arguments = {"true"}, .uid = 0}));
        static_cast<void>(agent.put(wire::Directory::Inputs, {{"..", "x"}}));
    }
    static_cast<void>(agent.run({"true"}));
    CHECK(open_files() == before);
}
