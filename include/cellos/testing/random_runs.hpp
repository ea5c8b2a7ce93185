#pragma once

#include <cellos/core/command_document.hpp>
#include <cellos/core/document.hpp>
#include <cellos/core/input_file.hpp>
#include <cellos/core/stdio.hpp>
#include <cellos/testing/runs.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

/// @file
/// Random documents whose runs end alike each time, whatever else the machine does meanwhile.

namespace cellos::inline CELLOS_ABI::testing {

/// A document, and what a caller gives its run.
struct RandomRun {
    ExecutionCellDocument document{};
    Stdio stdio{};
    std::vector<InputFile> inputs{};
    std::optional<std::chrono::milliseconds> timeout{};
};

/// Makes random runs, always the same ones for a seed.
class RandomRuns {
public:
    /// `directories`: the working directories that documents may have, beside those that fail.
    RandomRuns(std::uint32_t seed, std::vector<std::string> directories)
        : random_{seed}, directories_{std::move(directories)} {}

    [[nodiscard]] RandomRun next() {
        RandomRun run;
        const std::string id = "same-" + std::to_string(count_++);
        switch (below(12)) {
        case 0: run.document = command_document(id, {one_of(missing_programs)}); break;
        case 1:
            // It writes nothing: how much of that came before the end would be chance.
            run.document = command_document(id, shell("exec sleep 1000"));
            run.timeout = std::chrono::milliseconds{1 + below(150)};
            break;
        case 2:
            run.document = command_document(id, shell("exec head -c 300000 /dev/zero"));
            limits(run).max_output_bytes = static_cast<std::int64_t>(1 + below(200'000));
            break;
        default: run.document = command_document(id, shell(script())); break;
        }
        RunSpec& spec = *run.document.spec.run;
        if (!directories_.empty() && below(4) != 0)
            spec.working_directory = directories_[below(directories_.size())];
        if (below(12) == 0) spec.working_directory = one_of(bad_directories);
        add_limits(run);
        add_variables(run);
        add_streams(run);
        return run;
    }

private:
    static constexpr const char* missing_programs[] = {
        "no-such-program", "/no/such/program", "/etc/passwd", "/etc/passwd/x", "/usr"};
    static constexpr const char* bad_directories[] = {
        "/proc/none", "/usr/no/such", "/etc/passwd", "/etc/none", "relative"};
    // Each says something about the cell, or of what it has been given.
    static constexpr const char* steps[] = {
        "pwd",
        "hostname",
        "id -u; id -g",
        "umask; ulimit -n; ulimit -f; ulimit -s",
        "tr '\\0' '\\n' </proc/self/environ | sort",
        "grep -E '^(Cap|NoNewPrivs)' /proc/self/status",
        "cat /inputs/* 2>/dev/null || echo none",
        "echo x >/inputs/new || echo refused",
        "wc -c",
        "cat",
        "head -c 10",
        "echo said >&2",
        "echo named >/dev/stdout",
        "echo named >/dev/stderr",
        "head -c 70000 /dev/zero | tr '\\0' a",
        "head -c 200000 /dev/zero | tr '\\0' e >&2",
        "no-such-command",
        "sleep 1000 &",
        "(exit 3); echo $?",
        "for f in /proc/self/fd/[0-9]; do echo $f; done",
        "echo kept >here && cat here",
        "echo kept >/tmp/here && cat /tmp/here",
        "kill -0 1 || echo not allowed",
        "exec 1>&2",
        "exec 2>&1",
        "exec 2>&-",
        "cd / && pwd",
    };
    static constexpr int signals[] = {1, 2, 3, 6, 9, 10, 11, 13, 14, 15};

    std::size_t below(std::size_t end) { return random_() % end; }

    template <class T, std::size_t Count>
    [[nodiscard]] T one_of(const T (&all)[Count]) {
        return all[below(Count)];
    }

    [[nodiscard]] std::string script() {
        std::string text;
        for (std::size_t count = below(6); count > 0; --count) text.append(one_of(steps)) += '\n';
        switch (below(3)) {
        case 0: return text + "exit " + std::to_string(below(256));
        case 1: return text + "kill -" + std::to_string(one_of(signals)) + " $$; sleep 1000";
        default: return text + "exit 0";
        }
    }

    [[nodiscard]] static Limits& limits(RandomRun& run) {
        auto& some = run.document.spec.run->limits;
        return some ? *some : some.emplace();
    }

    void add_limits(RandomRun& run) {
        const auto from = [&](std::size_t least, std::size_t more) {
            return static_cast<std::int64_t>(least + below(more));
        };
        if (below(4) == 0) limits(run).max_processes = from(10, 100);
        if (below(4) == 0) limits(run).max_open_files = from(20, 100);
        if (below(4) == 0) limits(run).max_file_bytes = from(1, 100'000);
        if (below(6) == 0) limits(run).stack_bytes = from(1 << 20, 32 << 20);
        if (below(6) == 0) limits(run).memory_max_bytes = from(64 << 20, 1 << 20);
        if (below(6) == 0) limits(run).cpu_time_ms = from(60'000, 1000);
    }

    void add_variables(RandomRun& run) {
        static constexpr char letters[] = "ab \"'\\$\n\t=;*%";
        for (std::size_t count = below(4); count > 0; --count) {
            std::string value;
            for (std::size_t size = below(40); size > 0; --size)
                value += letters[below(sizeof letters - 1)];
            auto& environment = run.document.spec.environment;
            if (!environment) environment.emplace();
            environment->variables["V" + std::to_string(count)] = std::move(value);
        }
    }

    void add_streams(RandomRun& run) {
        for (std::size_t count = below(3); count > 0; --count)
            run.inputs.push_back(
                {"input" + std::to_string(count), std::string(below(5000), 'i') + "\n"}
            );
        if (below(8) == 0) {
            run.stdio = Discard{};
            return;
        }
        Capture capture;
        capture.merge = below(3) == 0;
        if (below(2) == 0) capture.stdin_text = std::string(below(200'000), 's') + "\n";
        if (below(4) == 0) capture.limit_bytes = below(100'000);
        run.stdio = std::move(capture);
    }

    std::mt19937 random_;
    std::vector<std::string> directories_;
    std::size_t count_ = 0;
};

} // namespace cellos::inline CELLOS_ABI::testing
