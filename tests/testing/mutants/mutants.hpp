// Backends that break exactly one law each: the bubblewrap backend with one thing wrong.
#pragma once

#include "../../../examples/bubblewrap_backend.hpp"

#include <cellos/core/environment.hpp>
#include <cellos/testing/residue.hpp>
#include <cellos/testing/runs.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <fstream>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace cellos_tests::mutants {

using namespace cellos;
using Backend = example::BubblewrapCellBackend;
using Kind = CellosError::Kind;

// --- create and destroy -------------------------------------------------------------------------

struct AcceptsAnEmptyId : Backend {
    Result<CellHandle> create(const ExecutionCellDocument& document) {
        if (!document.spec.id.empty()) return Backend::create(document);
        return CellHandle{};
    }
};

struct RefusesAnEmptyIdInItsOwnWords : Backend {
    Result<CellHandle> create(const ExecutionCellDocument& document) {
        if (document.spec.id.empty()) return failure(Kind::Host, "what?");
        return Backend::create(document);
    }
};

struct NamesCellsAsItLikes : Backend {
    Result<CellHandle> create(const ExecutionCellDocument& document) {
        auto cell = Backend::create(document);
        if (cell) cell->cell_id = cell->instance;
        return cell;
    }
};

struct DestroysByPrefix : Backend {
    Result<CellHandle> create(const ExecutionCellDocument& document) {
        auto cell = Backend::create(document);
        if (cell) cells.push_back(*cell);
        return cell;
    }
    Result<TeardownReport> destroy(const CellHandle& cell) {
        auto report = Backend::destroy(cell);
        for (const CellHandle& other : cells)
            if (other.cell_id.size() > cell.cell_id.size() &&
                other.cell_id.starts_with(cell.cell_id))
                static_cast<void>(Backend::destroy(other));
        return report;
    }
    std::vector<CellHandle> cells;
};

struct NeverUsesAnIdAgain : Backend {
    Result<CellHandle> create(const ExecutionCellDocument& document) {
        if (!document.spec.id.empty() && !used.insert(document.spec.id).second)
            return failure(Kind::Host, "this id was used before");
        return Backend::create(document);
    }
    std::set<std::string> used;
};

struct DoesNotSayDestroyed : Backend {
    Result<TeardownReport> destroy(const CellHandle& cell) {
        auto report = Backend::destroy(cell);
        if (report) report->destroyed = false;
        return report;
    }
};

struct DestroysWhatItNeverMade : Backend {
    Result<CellHandle> create(const ExecutionCellDocument& document) {
        auto cell = Backend::create(document);
        if (cell) made.insert(cell->instance);
        return cell;
    }
    Result<TeardownReport> destroy(const CellHandle& cell) {
        if (!made.contains(cell.instance)) return TeardownReport{cell.cell_id, true, 0};
        return Backend::destroy(cell);
    }
    std::set<std::string> made;
};

struct CallsAnUnknownCellAHostError : Backend {
    Result<TeardownReport> destroy(const CellHandle& cell) {
        auto report = Backend::destroy(cell);
        if (!report && cell.instance.empty()) return failure(Kind::Host, "no such cell");
        return report;
    }
};

/// But only for who has destroyed it before: of rivals one still wins.
struct DestroysTwice : Backend {
    Result<TeardownReport> destroy(const CellHandle& cell) {
        auto report = Backend::destroy(cell);
        const std::lock_guard lock{state->mutex};
        const auto [winner, first] =
            state->winners.try_emplace(cell.instance, std::this_thread::get_id());
        if (!report && !cell.instance.empty() && !first && made_by_me(winner->second))
            return TeardownReport{cell.cell_id, true, 0};
        if (!report && first) state->winners.erase(winner);
        return report;
    }
    static bool made_by_me(std::thread::id thread) { return thread == std::this_thread::get_id(); }
    struct State {
        std::mutex mutex;
        std::map<std::string, std::thread::id> winners;
    };
    std::unique_ptr<State> state = std::make_unique<State>();
};

/// Looks first and takes later: whoever comes in between has won as well.
struct LetsRivalsWin : Backend {
    Result<TeardownReport> destroy(const CellHandle& cell) {
        std::unique_lock lock{state->mutex};
        std::size_t& here = state->here[cell.instance];
        ++here;
        state->changed.notify_all();
        const bool rivals =
            state->changed.wait_for(lock, std::chrono::milliseconds{300}, [&] { return here > 1; });
        auto report = Backend::destroy(cell);
        if (!report && rivals) report = TeardownReport{cell.cell_id, true, 0};
        // The last one to leave must not be the first one that finds nobody here.
        state->changed.wait_for(lock, std::chrono::milliseconds{rivals ? 300 : 0}, [] {
            return false;
        });
        --here;
        return report;
    }
    struct State {
        std::mutex mutex;
        std::condition_variable changed;
        std::map<std::string, std::size_t> here;
    };
    std::unique_ptr<State> state = std::make_unique<State>();
};

struct CountsTheCellItself : Backend {
    Result<TeardownReport> destroy(const CellHandle& cell) {
        auto report = Backend::destroy(cell);
        if (report) ++report->peers_tracked_after;
        return report;
    }
};

struct LeaksADescriptor : Backend {
    Result<TeardownReport> destroy(const CellHandle& cell) {
        if (auto leaked = os::make_event()) {
            const std::lock_guard lock{state->mutex};
            state->leaks.push_back(std::move(*leaked));
        }
        return Backend::destroy(cell);
    }
    struct State {
        std::mutex mutex;
        std::vector<os::Descriptor> leaks;
    };
    std::unique_ptr<State> state = std::make_unique<State>();
};

struct LeavesAFile : Backend {
    explicit LeavesAFile(std::string directory_) : directory{std::move(directory_)} {}
    Result<TeardownReport> destroy(const CellHandle& cell) {
        std::ofstream{directory + '/' + cell.instance} << "here I was";
        return Backend::destroy(cell);
    }
    std::string directory;
};

/// A process that holds no descriptor of ours, so that only it can be found. It ends with the
/// backend.
struct Leftovers {
    void leave() {
        auto held = os::spawn(
            {.program = "/bin/sh",
             .argv = {"sh", "-c", "sleep 1000; :", cellos::testing::workload_marker}}
        );
        if (!held) return;
        auto child = std::move(*held).release();
        if (!child) return;
        const std::lock_guard lock{state->mutex};
        state->children.push_back(std::move(*child));
    }
    struct State {
        std::mutex mutex;
        std::vector<os::ChildProcess> children;

        State() = default;
        State(const State&) = delete;
        State& operator=(const State&) = delete;
        ~State() {
            for (const auto& child : children) child.signal_group(SIGKILL);
        }
    };
    std::unique_ptr<State> state = std::make_unique<State>();
};

struct LeavesAProcess : Backend {
    Result<TeardownReport> destroy(const CellHandle& cell) {
        leftovers.leave();
        return Backend::destroy(cell);
    }
    Leftovers leftovers;
};

// --- execute ------------------------------------------------------------------------------------

/// A context cannot be copied: it may hold secrets. The laws have none.
inline RunContext changed(const RunContext& context, auto change) {
    RunContext copy{.report = context.report};
    copy.document = context.document;
    copy.environment = context.environment;
    copy.stdio = context.stdio;
    copy.stop = context.stop;
    copy.deadline = context.deadline;
    copy.run_id = context.run_id;
    copy.cell_deadline = context.cell_deadline;
    copy.timeout = context.timeout;
    change(copy);
    return copy;
}

inline void soon(RunContext& context) {
    cellos::testing::limit_time(context, std::chrono::milliseconds{500});
}

struct TellsSignalsAsCodes : Backend {
    Result<ExitStatus> execute(const CellHandle& cell, const RunContext& context) {
        auto status = Backend::execute(cell, context);
        if (status && status->signal) return ExitStatus::exited(128 + *status->signal);
        return status;
    }
};

struct TakesHighCodesForFailures : Backend {
    Result<ExitStatus> execute(const CellHandle& cell, const RunContext& context) {
        auto status = Backend::execute(cell, context);
        if (status == ExitStatus::exited(128)) return failure(Kind::SandboxFailed, "128");
        return status;
    }
};

struct SucceedsWithoutACommand : Backend {
    Result<ExitStatus> execute(const CellHandle& cell, const RunContext& context) {
        if (!context.document.spec.run) return ExitStatus::exited(0);
        return Backend::execute(cell, context);
    }
};

template <Kind From, Kind To>
struct CallsItOtherwise : Backend {
    Result<ExitStatus> execute(const CellHandle& cell, const RunContext& context) {
        auto status = Backend::execute(cell, context);
        if (!status && status.error().kind == From) return failure(To, status.error().message);
        return status;
    }
};

struct GivesATimeOutACode : Backend {
    Result<ExitStatus> execute(const CellHandle& cell, const RunContext& context) {
        auto status = Backend::execute(cell, context);
        if (status && status->kind == ExitStatus::Kind::TimedOut) status->code = 124;
        return status;
    }
};

struct LooksAtTheStopTokenOnlyLater : Backend {
    Result<ExitStatus> execute(const CellHandle& cell, const RunContext& context) {
        if (!context.stop.stop_requested()) return Backend::execute(cell, context);
        return Backend::execute(cell, changed(context, [](RunContext& copy) {
                                    copy.stop = {};
                                    soon(copy);
                                }));
    }
};

struct LooksAtTheStopTokenOnlyOnce : Backend {
    Result<ExitStatus> execute(const CellHandle& cell, const RunContext& context) {
        if (!context.stop.stop_possible() || context.stop.stop_requested())
            return Backend::execute(cell, context);
        return Backend::execute(cell, changed(context, [](RunContext& copy) {
                                    copy.stop = {};
                                    soon(copy);
                                }));
    }
};

struct KeepsTheStopToken : Backend {
    Result<ExitStatus> execute(const CellHandle& cell, const RunContext& context) {
        if (last.stop_requested()) return ExitStatus::forced(ExitStatus::Kind::Cancelled);
        last = context.stop;
        return Backend::execute(cell, context);
    }
    std::stop_token last;
};

struct BuffersAllOutput : Backend {
    Result<ExitStatus> execute(const CellHandle& cell, const RunContext& context) {
        const auto* capture = std::get_if<Capture>(&context.stdio);
        if (!capture) return Backend::execute(cell, context);
        auto status = Backend::execute(cell, changed(context, [](RunContext& copy) {
                                           std::get<Capture>(copy.stdio).limit_bytes =
                                               std::size_t{1} << 30;
                                       }));
        for (std::string* text :
             {&context.report.output.stdout_text, &context.report.output.stderr_text}) {
            if (text->size() <= capture->limit_bytes) continue;
            text->resize(capture->limit_bytes);
            context.report.output.truncated = true;
        }
        return status;
    }
};

struct DoesNotSayTruncated : Backend {
    Result<ExitStatus> execute(const CellHandle& cell, const RunContext& context) {
        auto status = Backend::execute(cell, context);
        context.report.output.truncated = false;
        return status;
    }
};

struct ForgetsTheOutputLimit : Backend {
    Result<CellHandle> create(ExecutionCellDocument document) {
        if (document.spec.run) document.spec.run->limits.reset();
        return Backend::create(document);
    }
    // A minute is long for a test that only wants to see it fail.
    Result<ExitStatus> execute(const CellHandle& cell, const RunContext& context) {
        if (!context.document.spec.run || !context.document.spec.run->limits)
            return Backend::execute(cell, context);
        return Backend::execute(cell, changed(context, soon));
    }
};

template <bool CountsTheCall>
struct TellsOfAnotherRun : Backend {
    Result<ExitStatus> execute(const CellHandle& cell, const RunContext& context) {
        const auto begin = std::chrono::steady_clock::now();
        auto status = Backend::execute(cell, context);
        const auto took = std::chrono::steady_clock::now() - begin;
        const std::chrono::nanoseconds none{0};
        context.report.usage = CountsTheCall
                                   ? ResourceUsage{.wall = took, .user_time = took}
                                   : ResourceUsage{.wall = took, .sandbox_cpu_time = none};
        return status;
    }
};

template <bool HasText>
struct ChangesStdin : Backend {
    Result<ExitStatus> execute(const CellHandle& cell, const RunContext& context) {
        const auto* capture = std::get_if<Capture>(&context.stdio);
        if (!capture || capture->stdin_text.empty() == HasText)
            return Backend::execute(cell, context);
        return Backend::execute(cell, changed(context, [](RunContext& copy) {
                                    std::get<Capture>(copy.stdio).stdin_text = "something else";
                                }));
    }
};

struct LeavesAProcessBehindTheWorkload : Backend {
    Result<ExitStatus> execute(const CellHandle& cell, const RunContext& context) {
        leftovers.leave();
        return Backend::execute(cell, context);
    }
    Leftovers leftovers;
};

} // namespace cellos_tests::mutants
