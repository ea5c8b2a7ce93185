// A backend of one's own, complete: cells by bubblewrap, the `bwrap` of every distribution.
//
// Each run gets namespaces of its own: no network, no processes but its own, the host's /usr
// read-only, everything else in memory, an unprivileged user without a capability. What this
// backend cannot enforce (limits, egress, input files) it refuses. The last line of this file is
// the compiler's proof that it is a backend, tests/testing/bubblewrap_laws_test.cpp the proof that
// it behaves like one.
#pragma once

#include <cellos/core.hpp>
#include <cellos/os/pump.hpp>
#include <cellos/os/spawn.hpp>
#include <cellos/os/state_directory.hpp>
#include <cellos/os/stdio.hpp>
#include <cellos/os/tool.hpp>
#include <cellos/os/wait.hpp>

#include <charconv>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace example {

namespace os = cellos::os;
using cellos::CellHandle, cellos::ExitStatus, cellos::failure, cellos::Result, cellos::RunContext;
using cellos::ExecutionCellDocument, cellos::TeardownReport;
using Kind = cellos::CellosError::Kind;

class BubblewrapCellBackend {
public:
    static constexpr std::string_view name = "bubblewrap";

    BubblewrapCellBackend() = default;
    explicit BubblewrapCellBackend(std::string bwrap) : bwrap_{std::move(bwrap)} {}

    /// Fails closed: a document is refused here, before anything exists, or it gets what it asks
    /// for. The cell itself is only a name so far; bwrap makes the rest when there is a command.
    [[nodiscard]] Result<CellHandle> create(const ExecutionCellDocument& document) {
        const auto& spec = document.spec;
        if (spec.id.empty()) return failure(Kind::InvalidSpec, "spec.id must be non-empty");
        const bool secret_files =
            spec.run && spec.run->secret_delivery == cellos::SecretDelivery::File;
        if (!spec.authority.egress_rules.empty() || (spec.run && spec.run->limits) || secret_files)
            return failure(Kind::Unsupported, "bubblewrap: no egress, limits or secret files");

        auto instance = os::random_id();
        if (!instance) return failure_of(instance);
        auto abort = os::make_event();
        if (!abort) return failure_of(abort);
        CellHandle handle{.cell_id = spec.id};
        handle.instance = *instance; // ids may repeat, instances never do
        const std::lock_guard lock{cells_->mutex};
        cells_->tracked.emplace(*instance, std::make_shared<Cell>(*std::move(abort)));
        return handle;
    }

    /// Returns when the workload and all that it started are dead, whatever ended it.
    [[nodiscard]] Result<ExitStatus> execute(const CellHandle& handle, const RunContext& context) {
        const std::shared_ptr<Cell> cell = find(handle);
        if (!cell) return unknown(handle);
        const std::lock_guard running{cell->running};
        if (cell->destroyed) return unknown(handle);
        if (!context.document.spec.run)
            return failure(Kind::InvalidSpec, "the cell's document has no command");
        if (!context.inputs.empty())
            return failure(Kind::Unsupported, "bubblewrap: no input files");
        auto program = find_program(context);
        if (!program) return failure_of(program);

        auto stdio = os::StdioBridge::open(context.stdio, context.report.output);
        auto options = write_options(context);
        auto status = os::make_pipe();
        auto gate = os::make_pipe();
        if (!stdio || !options || !status || !gate)
            return failure(Kind::Host, "bubblewrap: no descriptors or memory for another run");
        os::SpawnRequest request{
            .program = bwrap_,
            .argv = {"bwrap", "--args", "3", "--json-status-fd", "4", "--block-fd", "5", *program},
            .stdio = stdio->child_ends(),
            .extra = {options->get(), status->write_end.get(), gate->read_end.get()},
        };
        const auto& argv = context.document.spec.run->argv;
        request.argv.insert(request.argv.end(), argv.begin() + 1, argv.end());
        auto held = os::spawn(request);
        if (!held) return failure_of(held);
        auto bwrap = std::move(*held).release();
        if (!bwrap) return failure(Kind::Host, bwrap_ + ": " + bwrap.error().message);
        stdio->close_child_ends();
        status->write_end.reset();

        // The cell's process 1 waits at the gate until it is held by pidfd. Once that one is dead,
        // the kernel has ended everything in the cell, daemons included.
        cell->init = open_init(status->read_end.get());
        static_cast<void>(os::write_all(gate->write_end.get(), "go"));
        const std::stop_callback stop{context.stop, os::Raise{cell->abort.get()}};
        const os::Wake wake =
            os::pump_until(bwrap->pidfd(), *stdio, cell->abort.get(), context.deadline);
        bwrap->signal_group(SIGKILL); // after a normal end too: daemons outlive the workload
        const auto ended = bwrap->reap();
        stdio->drain();
        if (!ended) return failure_of(ended);
        if (!cell->is_dead()) return failure(Kind::TeardownIncomplete, "the cell still runs");
        if (wake == os::Wake::DeadlinePassed) return ExitStatus::forced(ExitStatus::Kind::TimedOut);
        if (wake == os::Wake::Stopped) return ExitStatus::forced(ExitStatus::Kind::Cancelled);
        return outcome(os::read_all(status->read_end.get()).value_or(""));
    }

    /// Who takes the cell out of the map destroys it; everybody else comes too late.
    [[nodiscard]] Result<TeardownReport> destroy(const CellHandle& handle) {
        std::unique_lock lock{cells_->mutex};
        auto taken = cells_->tracked.extract(handle.instance);
        if (taken.empty()) return unknown(handle);
        lock.unlock();
        const std::shared_ptr<Cell> cell = taken.mapped();
        os::Raise{cell->abort.get()}();
        const std::lock_guard run_has_ended{cell->running};
        cell->destroyed = cell->is_dead();
        lock.lock();
        if (!cell->destroyed) {
            cells_->tracked.insert(std::move(taken)); // it can be tried again
            return failure(Kind::TeardownIncomplete, "processes of the cell still run");
        }
        return TeardownReport{handle.cell_id, true, cells_->tracked.size()};
    }

private:
    static constexpr std::chrono::seconds patience{5};

    struct Cell {
        explicit Cell(os::Descriptor event) : abort{std::move(event)} {}
        [[nodiscard]] bool is_dead() const {
            return !init || os::wait_readable(init.get(), os::Clock::now() + patience);
        }
        os::Descriptor abort;   ///< raised by destroy, makes a run give up
        std::mutex running;     ///< held by a run, guards what follows
        os::Descriptor init;    ///< process 1 of the cell's pid namespace
        bool destroyed = false; ///< tells a run that comes too late
    };
    struct Cells {
        std::mutex mutex;
        std::map<std::string, std::shared_ptr<Cell>> tracked; ///< by instance
    };

    [[nodiscard]] static tl::unexpected<cellos::CellosError> unknown(const CellHandle& handle) {
        return failure(Kind::UnknownCell, "no cell '" + handle.cell_id + "' here");
    }

    [[nodiscard]] std::shared_ptr<Cell> find(const CellHandle& handle) const {
        const std::lock_guard lock{cells_->mutex};
        const auto found = cells_->tracked.find(handle.instance);
        return found == cells_->tracked.end() ? nullptr : found->second;
    }

    /// The cell has the host's /usr and no other programs, so the look-up can be done out here.
    [[nodiscard]] static Result<std::string> find_program(const RunContext& context) {
        const auto& run = *context.document.spec.run;
        const std::string& program = run.argv.front();
        const std::filesystem::path start = run.working_directory.value_or("/");
        const bool is_path = program.find('/') != program.npos;
        std::istringstream path{is_path ? "." : context.environment.at("PATH")};
        for (std::string entry; std::getline(path, entry, ':');) {
            const auto file = start / entry / program;
            std::error_code ignored;
            const auto real = std::filesystem::weakly_canonical(file, ignored) / "";
            if (!real.native().starts_with("/usr/")) continue;
            if (auto found = os::find_program(file.native(), {}); found || is_path) return found;
        }
        return failure(Kind::CommandNotFound, cellos::visible(program));
    }

    /// All but the command travels in a nameless file: command lines are for everyone to read.
    [[nodiscard]] static Result<os::Descriptor> write_options(const RunContext& context) {
        auto file = os::make_memory_file("bwrap-options");
        const auto add = [&](std::initializer_list<std::string_view> words) {
            for (const std::string_view word : words) {
                if (file && !os::write_all(file->get(), word)) file = os::failure("bwrap options");
                if (file && !os::write_all(file->get(), {"", 1}))
                    file = os::failure("bwrap options");
            }
        };
        const std::string start = context.document.spec.run->working_directory.value_or("/");
        add({"--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL", "--uid"});
        add({"65534", "--gid", "65534", "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin"}
        );
        add({"--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--proc", "/proc"}
        );
        add({"--dev", "/dev", "--tmpfs", "/tmp", "--dir", start, "--chdir", start});
        for (const auto& [key, value] : context.environment) add({"--setenv", key, value});
        for (const auto& [key, value] : context.secrets) add({"--setenv", key, value.reveal()});
        if (file && ::lseek(file->get(), 0, SEEK_SET) == -1) return os::failure("bwrap options");
        return file;
    }

    /// The number behind `key` in bwrap's status, which is flat JSON.
    [[nodiscard]] static std::optional<int> number(std::string_view status, std::string_view key) {
        const auto at = status.find(key);
        if (at == status.npos) return std::nullopt;
        int value = 0;
        std::from_chars(status.data() + at + key.size(), status.data() + status.size(), value);
        return value;
    }

    /// Nothing if bwrap could not make the cell; the workload's stderr has its own message then.
    [[nodiscard]] static os::Descriptor open_init(int status) {
        char text[256];
        if (!os::wait_readable(status, os::Clock::now() + patience)) return {};
        const auto got = os::retry_on_interrupt([&] { return ::read(status, text, sizeof text); });
        if (got <= 0) return {};
        const auto pid = number({text, static_cast<std::size_t>(got)}, "\"child-pid\": ");
        return os::Descriptor{static_cast<int>(::syscall(SYS_pidfd_open, pid.value_or(0), 0))};
    }

    /// bwrap tells an exit code only of a command that ran, and death by signal N as 128+N.
    [[nodiscard]] static Result<ExitStatus> outcome(std::string_view status) {
        const auto code = number(status, "\"exit-code\": ");
        if (!code) return failure(Kind::SandboxFailed, "bwrap ran nothing; its stderr says why");
        if (*code > 128 && *code - 128 < NSIG) return ExitStatus::signaled(*code - 128);
        return ExitStatus::exited(*code);
    }

    std::string bwrap_ = "/usr/bin/bwrap";
    std::unique_ptr<Cells> cells_ = std::make_unique<Cells>();
};

static_assert(cellos::InCellExecution<BubblewrapCellBackend>);

} // namespace example
