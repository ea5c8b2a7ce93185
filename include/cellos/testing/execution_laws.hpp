#pragma once

#include <cellos/core/stdio.hpp>
#include <cellos/core/usage.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>
#include <cellos/testing/residue.hpp>
#include <cellos/testing/runs.hpp>

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include <sys/resource.h>

/// @file
/// Laws about `execute` and misbehaving workloads. Linux only: they need pipes and Linux's signal
/// numbers.

namespace cellos::inline CELLOS_ABI::testing::laws {

template <class MakeBackend>
void exit_statuses(MakeBackend& make_backend, const LawOptions& options) {
    struct Row {
        const char* script = nullptr;
        ExitStatus status;
    };
    // 128 and 255 are codes that tools reserve, and a signal is not a code.
    constexpr Row rows[] = {
        {"exit 0", ExitStatus::exited(0)},
        {"exit 7", ExitStatus::exited(7)},
        {"exit 128", ExitStatus::exited(128)},
        {"exit 255", ExitStatus::exited(255)},
        {"kill -KILL $$", ExitStatus::signaled(9)},
        {"kill -SEGV $$", ExitStatus::signaled(11)},
        {"kill -TERM $$", ExitStatus::signaled(15)},
    };
    auto backend = make_backend();
    for (const Row& row : rows) {
        INFO(row.script);
        check_end(run_command(backend, shell(row.script), options).status, row.status);
    }
}

template <class MakeBackend>
void no_command(MakeBackend& make_backend, const LawOptions& options) {
    auto backend = make_backend();
    const ExecutionCellDocument document = law_document("law");
    const CellHandle cell = must_create(backend, document);
    RunReport report;
    const auto end = backend.execute(cell, run_context(document, report, options));
    must_destroy(backend, cell);
    REQUIRE_FALSE(end.has_value());
    CHECK(end.error().kind == CellosError::Kind::InvalidSpec);
}

template <class MakeBackend>
void command_not_found(MakeBackend& make_backend, const LawOptions& options) {
    auto backend = make_backend();
    for (const char* program : {"cellos-no-such-command", "/no/such/file"}) {
        INFO(program);
        const auto end = run_command(backend, {program}, options);
        REQUIRE_FALSE(end.status.has_value());
        CHECK(end.status.error().kind == CellosError::Kind::CommandNotFound);
    }
}

template <class MakeBackend>
void command_not_executable(MakeBackend& make_backend, const LawOptions& options) {
    auto backend = make_backend();
    const auto end = run_command(backend, {options.not_executable}, options);
    REQUIRE_FALSE(end.status.has_value());
    CHECK(end.status.error().kind == CellosError::Kind::CommandNotExecutable);
}

template <class MakeBackend>
void time_out(MakeBackend& make_backend, const LawOptions& options) {
    auto backend = make_backend();
    const auto end = run_command(backend, shell("sleep 1000"), options, [](RunContext& context) {
        limit_time(context, std::chrono::milliseconds{500});
    });
    check_end(end.status, ExitStatus::forced(ExitStatus::Kind::TimedOut));
    CHECK(end.took < options.patience);
}

template <class MakeBackend>
void cancelled_before_the_run(MakeBackend& make_backend, const LawOptions& options) {
    auto backend = make_backend();
    std::stop_source source;
    source.request_stop();
    const auto end = run_command(backend, shell("sleep 1000"), options, [&](RunContext& context) {
        context.stop = source.get_token();
    });
    check_end(end.status, ExitStatus::forced(ExitStatus::Kind::Cancelled));
    CHECK(end.took < options.patience);
}

template <class MakeBackend>
void cancelled_during_the_run(MakeBackend& make_backend, const LawOptions& options) {
    auto backend = make_backend();
    std::stop_source source;
    auto pipe = os::make_pipe();
    REQUIRE(pipe.has_value());
    // Stops the run as soon as the workload has said that it runs. A workload that never does lets
    // the law fail by the deadline of the run.
    std::jthread canceller{[&, from = pipe->read_end.get()](const std::stop_token& give_up) {
        const auto patience = std::chrono::steady_clock::now() + options.patience;
        while (!give_up.stop_requested() && std::chrono::steady_clock::now() < patience) {
            const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds{100};
            if (os::wait_readable(from, soon)) {
                source.request_stop();
                return;
            }
        }
    }};
    const auto end =
        run_command(backend, shell("echo runs; sleep 1000"), options, [&](RunContext& context) {
            context.stop = source.get_token();
            context.stdio = Descriptors{.stdout_fd = pipe->write_end.get()};
        });
    canceller.request_stop();
    canceller.join();
    check_end(end.status, ExitStatus::forced(ExitStatus::Kind::Cancelled));
    CHECK(end.took < options.patience);
}

/// A stop after the run changes nothing, neither for the cell nor for the next one.
template <class MakeBackend>
void cancelled_after_the_run(MakeBackend& make_backend, const LawOptions& options) {
    auto backend = make_backend();
    std::stop_source source;
    const ExecutionCellDocument document = command_document("late", shell("exit 0"));
    const CellHandle cell = must_create(backend, document);
    RunReport report;
    RunContext context = run_context(document, report, options);
    context.stop = source.get_token();
    const auto status = backend.execute(cell, context);
    source.request_stop();
    check_end(status, ExitStatus::exited(0));
    must_destroy(backend, cell);
    check_end(run_command(backend, shell("exit 7"), options).status, ExitStatus::exited(7));
}

/// The peak memory of this process, in bytes.
[[nodiscard]] inline std::size_t peak_memory() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::size_t>(usage.ru_maxrss) << 10;
}

/// Output beyond the limit is dropped: it neither stops the workload nor fills the memory.
template <class MakeBackend>
void large_output(MakeBackend& make_backend, const LawOptions& options) {
    constexpr std::size_t limit = std::size_t{64} << 10;
    constexpr std::size_t allowed_growth = std::size_t{24} << 20;
    auto backend = make_backend();
    const std::size_t before = peak_memory();
    const auto end = run_command(
        backend,
        shell("head -c 50331648 /dev/zero; head -c 50331648 /dev/zero >&2; exit 3"),
        options,
        [&](RunContext& context) { context.stdio = Capture{.limit_bytes = limit}; }
    );
    check_end(end.status, ExitStatus::exited(3));
    CHECK(end.output.stdout_text == std::string(limit, '\0'));
    CHECK(end.output.stderr_text == std::string(limit, '\0'));
    CHECK(end.output.truncated);
    CHECK(peak_memory() - before < allowed_growth);
}

/// The document's limit on output has an end of its own. A backend that cannot hold it refuses the
/// document.
template <class MakeBackend>
void output_limit(MakeBackend& make_backend, const LawOptions& options) {
    constexpr std::size_t limit = 1000;
    auto backend = make_backend();
    ExecutionCellDocument document =
        command_document("chatty", shell("head -c 100000 /dev/zero; exec sleep 1000"));
    document.spec.run->limits.emplace().max_output_bytes = limit;
    const auto created = backend.create(document);
    if (!created) {
        CHECK(created.error().kind == CellosError::Kind::Unsupported);
        return;
    }
    RunReport report;
    RunContext context = run_context(document, report, options);
    limit_time(context, options.patience / 2);
    const auto status = backend.execute(*created, context);
    must_destroy(backend, *created);
    check_end(status, ExitStatus::forced(ExitStatus::Kind::OutputLimitExceeded));
    CHECK(report.output.stdout_text == std::string(limit, '\0'));
    CHECK(report.output.truncated);
}

/// Who tells what a run took tells of this workload, from exec to end, and no zero for what is not
/// known.
template <class MakeBackend>
void usage_of_runs(MakeBackend& make_backend, const LawOptions& options) {
    using std::chrono::nanoseconds;
    constexpr std::chrono::milliseconds nap{300};
    constexpr std::chrono::milliseconds tick{10}; // the coarsest that a kernel counts in
    auto backend = make_backend();
    const auto busy =
        run_command(backend, shell("i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"), options);
    const auto idle = run_command(backend, shell("sleep 0.3"), options);
    check_end(busy.status, ExitStatus::exited(0));
    check_end(idle.status, ExitStatus::exited(0));
    CHECK(busy.usage.has_value() == idle.usage.has_value());
    if (!busy.usage || !idle.usage) return;

    for (const CommandRun* end : {&busy, &idle}) {
        const ResourceUsage& usage = *end->usage;
        CHECK(usage.wall > nanoseconds{0});
        CHECK(usage.wall <= end->took);
        CHECK(usage.peak_memory_bytes != 0U);
        CHECK(usage.sandbox_cpu_time != nanoseconds{0});
        CHECK(usage.sandbox_peak_memory_bytes != 0U);
    }
    CHECK(idle.usage->wall > nap / 2); // the exec may have been seen late
    if (!busy.usage->user_time || !idle.usage->user_time) return;
    CHECK(*busy.usage->user_time > nanoseconds{0});
    CHECK(*busy.usage->user_time <= busy.usage->wall + 2 * tick);
    CHECK(*idle.usage->user_time < nap / 2);
}

/// With nothing to read, reading ends at once.
template <class MakeBackend>
void closed_stdin(MakeBackend& make_backend, const LawOptions& options) {
    auto backend = make_backend();
    for (const Stdio& stdio : {Stdio{Capture{}}, Stdio{Discard{}}}) {
        const auto end = run_command(backend, {"cat"}, options, [&](RunContext& context) {
            context.stdio = stdio;
        });
        check_end(end.status, ExitStatus::exited(0));
        CHECK(end.output.stdout_text == "");
    }
}

/// Input larger than a pipe, once with a reader and once without.
template <class MakeBackend>
void stdin_text(MakeBackend& make_backend, const LawOptions& options) {
    const std::string text(std::size_t{200'000}, 'x');
    auto backend = make_backend();
    const auto with_text = [&](RunContext& context) {
        context.stdio = Capture{.stdin_text = text};
    };
    const auto read = run_command(backend, {"cat"}, options, with_text);
    check_end(read.status, ExitStatus::exited(0));
    CHECK((read.output.stdout_text == text)); // in brackets: 200 kB are nothing to print
    CHECK_FALSE(read.output.truncated);
    check_end(run_command(backend, {"true"}, options, with_text).status, ExitStatus::exited(0));
}

/// Destroying a cell must not end another one, in particular one whose id has the same prefix.
template <class MakeBackend>
void neighbour_survives(MakeBackend& make_backend, const LawOptions& options) {
    auto backend = make_backend();
    auto says_it_runs = os::make_pipe();
    auto may_end = os::make_pipe();
    REQUIRE((says_it_runs && may_end));
    const ExecutionCellDocument document =
        command_document("cell-10", shell("echo runs; read line; exit 5"));
    const CellHandle neighbour = must_create(backend, document);
    const CellHandle cell = must_create(backend, "cell-1");

    RunReport report;
    RunContext context = run_context(document, report, options);
    context.stdio = Descriptors{may_end->read_end.get(), says_it_runs->write_end.get()};
    Result<ExitStatus> status;
    {
        const std::jthread run{[&] { status = backend.execute(neighbour, context); }};
        static_cast<void>(os::wait_readable(
            says_it_runs->read_end.get(), std::chrono::steady_clock::now() + options.patience
        ));
        static_cast<void>(backend.destroy(cell));
        static_cast<void>(os::write_all(may_end->write_end.get(), "end\n"));
    }
    check_end(status, ExitStatus::exited(5));
    must_destroy(backend, neighbour);
}

/// Daemons do not escape from a cell, whether the workload ended by itself or was ended.
template <class MakeBackend>
void no_residue_of_workloads(MakeBackend& make_backend, const LawOptions& options) {
    const std::string daemon = std::string{"setsid sh -c 'sleep 1000; :' "} + workload_marker;
    check_no_residue(make_backend, options, [&](auto& backend) {
        static_cast<void>(run_command(backend, shell(daemon + " & exit 0"), options));
        static_cast<void>(run_command(backend, {"cellos-no-such-command"}, options));
        static_cast<void>(run_command(
            backend,
            shell(daemon + " & sleep 1000"),
            options,
            [](RunContext& context) { limit_time(context, std::chrono::milliseconds{500}); }
        ));
    });
}

} // namespace cellos::inline CELLOS_ABI::testing::laws
