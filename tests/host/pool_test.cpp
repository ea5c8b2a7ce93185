// What a pool does with sandboxes that boot, wait, die and get old when a test tells them to.
#include "support/catch.hpp"

#include <cellos/core.hpp>
#include <cellos/core/command_document.hpp>
#include <cellos/host/prewarmed.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>
#include <cellos/supervisor.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

using namespace cellos;
using namespace std::chrono_literals;

namespace {

/// What a sandbox of the test is told, and what became of it.
struct Sandbox {
    os::Descriptor booted = os::make_event().value();
    os::Descriptor died = os::make_event().value();

    void boot() const { os::Raise{booted.get()}(); }
    void die() const { os::Raise{died.get()}(); }
};

/// All that the test and its backend share.
class Script {
public:
    /// Of each boot, in turn. Empty: it starts.
    std::function<std::optional<CellosError>()> on_boot{};
    /// Of each workload.
    std::function<void()> on_execute{};

    Result<std::shared_ptr<Sandbox>> boot(BootPace pace) {
        const std::lock_guard lock{mutex_};
        log_.emplace_back("boot");
        paces_.push_back(pace);
        changed_.notify_all();
        if (on_boot) {
            if (auto error = on_boot()) return failure(*std::move(error));
        }
        sandboxes_.push_back(std::make_shared<Sandbox>());
        const auto boots = std::ranges::count_if(sandboxes_, [](const auto& each) {
            return !os::is_ready(each->booted.get(), POLLIN);
        });
        most_at_once_ = std::max(most_at_once_, boots);
        return sandboxes_.back();
    }
    std::ptrdiff_t most_at_once() {
        const std::lock_guard lock{mutex_};
        return most_at_once_;
    }
    void say(std::string what) {
        const std::lock_guard lock{mutex_};
        log_.push_back(std::move(what));
        changed_.notify_all();
    }
    /// The `number`th sandbox, once it has begun to boot.
    std::shared_ptr<Sandbox> sandbox(std::size_t number) {
        std::unique_lock lock{mutex_};
        const bool there =
            changed_.wait_for(lock, 20s, [&] { return sandboxes_.size() >= number; });
        REQUIRE(there);
        return sandboxes_[number - 1];
    }
    void wait_for(std::string_view what, std::ptrdiff_t times) {
        std::unique_lock lock{mutex_};
        const bool happened =
            changed_.wait_for(lock, 20s, [&] { return std::ranges::count(log_, what) >= times; });
        REQUIRE(happened);
    }
    std::vector<std::string> log() {
        const std::lock_guard lock{mutex_};
        return log_;
    }
    /// Of each boot, in turn.
    std::vector<BootPace> paces() {
        const std::lock_guard lock{mutex_};
        return paces_;
    }
    /// Sandboxes that somebody still has.
    std::ptrdiff_t alive() {
        const std::lock_guard lock{mutex_};
        return std::ranges::count_if(sandboxes_, [](const auto& each) {
            return each.use_count() > 1;
        });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::shared_ptr<Sandbox>> sandboxes_;
    std::vector<std::string> log_;
    std::vector<BootPace> paces_;
    std::ptrdiff_t most_at_once_ = 0;
};

class ScriptedSandbox {
public:
    explicit ScriptedSandbox(std::shared_ptr<Sandbox> sandbox) : sandbox_{std::move(sandbox)} {}

    [[nodiscard]] std::array<pollfd, 2> waited() const {
        return {
            {{ready_ ? -1 : sandbox_->booted.get(), POLLIN, 0}, {sandbox_->died.get(), POLLIN, 0}}};
    }
    [[nodiscard]] Result<bool> is_ready() {
        if (os::is_ready(sandbox_->died.get(), POLLIN))
            return failure(CellosError::Kind::SandboxFailed, "it was killed");
        ready_ = os::is_ready(sandbox_->booted.get(), POLLIN);
        return ready_;
    }
    [[nodiscard]] std::optional<std::uint64_t> memory_bytes() const { return 1000; }

private:
    std::shared_ptr<Sandbox> sandbox_;
    bool ready_ = false;
};

/// Its cells run until they are let go, and say so before they end.
struct ScriptedBackend {
    static constexpr std::string_view name = "scripted";
    using WarmSandbox = ScriptedSandbox;

    Script* script;

    Result<CellHandle> create(const ExecutionCellDocument& document) {
        return CellHandle{.cell_id = document.spec.id, .instance = document.spec.id};
    }
    Result<TeardownReport> destroy(const CellHandle& cell) {
        script->say("destroy");
        return TeardownReport{cell.cell_id, true, 0};
    }
    Result<ExitStatus> execute(const CellHandle&, const RunContext& context) {
        context.report.boot.emplace();
        if (script->on_execute) script->on_execute();
        return ExitStatus::exited(0);
    }
    Result<std::string> shape_of(const ExecutionCellDocument& document) {
        return document.spec.run->working_directory.value_or("/");
    }
    Result<WarmSandbox> boot_warm(const ExecutionCellDocument&, const PoolOptions&, BootPace pace) {
        auto sandbox = script->boot(pace);
        if (!sandbox) return failure_of(sandbox);
        return ScriptedSandbox{*sandbox};
    }
    Result<CellHandle> create_from(WarmSandbox& sandbox, const ExecutionCellDocument& document) {
        if (document.spec.id == "refused")
            return failure(CellosError::Kind::Unsupported, "it does not suit this cell");
        const WarmSandbox taken = std::move(sandbox);
        return create(document);
    }
};

ExecutionCellDocument document(std::string id) {
    return command_document(std::move(id), {"true"});
}

auto soon() {
    return std::chrono::steady_clock::now() + 20s;
}

Boot boot_of(Prewarmed<ScriptedBackend>& pool, const ExecutionCellDocument& of) {
    const auto report = Supervisor{std::ref(pool)}.run(of);
    REQUIRE(report.has_value());
    REQUIRE(report->boot.has_value());
    return *report->boot;
}

} // namespace

TEST_CASE("A pool boots as many at once as it may, until it is full") {
    Script script;
    Prewarmed pool{
        ScriptedBackend{&script}, PoolOptions{.size = 3, .max_boots = 2, .patience = 0ms}};
    script.sandbox(2)->boot();
    script.sandbox(3)->boot();
    script.sandbox(1)->boot();
    REQUIRE(pool.wait_until_ready({}, soon()).has_value());
    const PoolStats stats = pool.stats();
    CHECK(stats.ready == 3);
    CHECK(stats.booting == 0);
    CHECK(stats.boots == 3);
    CHECK(stats.idle_memory_bytes == 1000);
    CHECK(script.most_at_once() == 2);
    CHECK(script.log().size() == 3);
}

TEST_CASE("Cells that live come before boots") {
    Script script;
    const std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
    Prewarmed pool{
        ScriptedBackend{&script},
        PoolOptions{.size = processors, .max_boots = processors, .patience = 1h}};
    for (std::size_t number = 1; number <= processors; ++number) script.sandbox(number)->boot();
    REQUIRE(pool.wait_until_ready({}, soon()).has_value());

    // All processors are taken before the pool looks at what is missing, or one boot was under way.
    std::vector<CellHandle> cells;
    for (std::size_t number = 0; number < processors; ++number)
        cells.push_back(pool.create(document(std::to_string(number))).value());
    const auto early =
        std::ranges::count(script.log(), "boot") - static_cast<std::ptrdiff_t>(processors);
    CHECK(early < static_cast<std::ptrdiff_t>(processors));
    for (const CellHandle& cell : cells) CHECK(pool.destroy(cell).has_value());
    script.wait_for("boot", 2 * static_cast<std::ptrdiff_t>(processors));
    // The last of them had to wait for an end.
    auto log = script.log();
    std::ranges::reverse(log);
    CHECK(std::ranges::find(log, "boot") < std::ranges::find(log, "destroy"));
}

TEST_CASE("A boot waits until the cell that took a sandbox has ended, or is on its way") {
    Script script;
    Prewarmed pool{ScriptedBackend{&script}, PoolOptions{.size = 1, .patience = 1h}};
    script.sandbox(1)->boot();
    REQUIRE(pool.wait_until_ready({}, soon()).has_value());
    const auto taken = std::chrono::steady_clock::now();
    const auto cell = pool.create(document("taker")).value();
    const bool ends = std::thread::hardware_concurrency() < 2 || GENERATE(true, false);
    if (ends) CHECK(pool.destroy(cell).has_value());
    script.wait_for("boot", 2);
    if (ends) return;
    CHECK(std::chrono::steady_clock::now() - taken >= 50ms);
    CHECK(pool.destroy(cell).has_value());
}

TEST_CASE("Cells that live cannot starve those to come") {
    Script script;
    Prewarmed pool{ScriptedBackend{&script}, PoolOptions{.size = 1, .patience = 1ms}};
    script.sandbox(1)->boot();
    REQUIRE(pool.wait_until_ready({}, soon()).has_value());
    std::vector<CellHandle> cells;
    for (unsigned number = 0; number <= std::thread::hardware_concurrency(); ++number)
        cells.push_back(pool.create(document(std::to_string(number))).value());
    script.sandbox(2); // boots although nothing has ended
    for (const CellHandle& cell : cells) CHECK(pool.destroy(cell).has_value());
}

TEST_CASE("Cells of a burst start by turns, and none waits for the end of another that takes long"
) {
    Script script;
    const std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
    const auto burst = static_cast<std::ptrdiff_t>(processors) + 1;
    std::vector<std::chrono::steady_clock::time_point> starts;
    std::mutex mutex;
    std::latch all_have_started{burst};
    script.on_execute = [&] {
        {
            const std::lock_guard lock{mutex};
            starts.push_back(std::chrono::steady_clock::now());
        }
        all_have_started.arrive_and_wait();
    };
    Prewarmed pool{
        ScriptedBackend{&script}, PoolOptions{.size = processors + 1, .max_boots = processors + 1}};
    for (std::size_t number = 1; number <= processors + 1; ++number) script.sandbox(number)->boot();
    REQUIRE(pool.wait_until_ready({}, soon()).has_value());
    {
        std::vector<std::jthread> callers;
        for (std::ptrdiff_t number = 0; number < burst; ++number)
            callers.emplace_back([&pool, number] {
                static_cast<void>(Supervisor{std::ref(pool)}.run(document(std::to_string(number))));
            });
    }
    REQUIRE(starts.size() == processors + 1);
    CHECK(starts.back() - starts.front() >= 20ms);
}

TEST_CASE("A cell takes a sandbox that is ready, or says why it runs cold") {
    Script script;
    Prewarmed pool{ScriptedBackend{&script}, PoolOptions{.size = 1}};
    script.sandbox(1)->boot();
    REQUIRE(pool.wait_until_ready({}, soon()).has_value());

    auto elsewhere = document("elsewhere");
    elsewhere.spec.run->working_directory = "/work";
    const auto reason = [&](const ExecutionCellDocument& of) {
        return boot_of(pool, of).reason.value_or("none");
    };
    CHECK(reason(elsewhere).find("PoolOptions::like") != std::string::npos);
    CHECK(reason(document("refused")) == "it does not suit this cell");
    CHECK(pool.stats().ready == 1); // it was given back
    CHECK(reason(document("taker")) == "none");
    CHECK(reason(document("late")) == "no sandbox was ready");
}

TEST_CASE("A pool that has run dry boots hastily until it is full again") {
    using enum BootPace;
    Script script;
    Prewarmed pool{ScriptedBackend{&script}, PoolOptions{.size = 2}};
    script.sandbox(1)->boot();
    script.sandbox(2)->boot();
    REQUIRE(pool.wait_until_ready({}, soon()).has_value());
    CHECK_FALSE(boot_of(pool, document("first")).reason.has_value());
    script.sandbox(3); // still boots when the others have gone
    CHECK_FALSE(boot_of(pool, document("second")).reason.has_value());
    CHECK(boot_of(pool, document("third")).reason == "no sandbox was ready");
    script.sandbox(3)->boot();
    script.sandbox(4)->boot();
    REQUIRE(pool.wait_until_ready({}, soon()).has_value());
    CHECK_FALSE(boot_of(pool, document("fourth")).reason.has_value());
    script.sandbox(5)->boot();
    REQUIRE(pool.wait_until_ready({}, soon()).has_value());
    CHECK(script.paces() == std::vector{Thorough, Thorough, Thorough, Hasty, Thorough});
}

TEST_CASE("A sandbox that dies while it waits is not handed out, and is replaced") {
    Script script;
    Prewarmed pool{ScriptedBackend{&script}, PoolOptions{.size = 1}};
    script.sandbox(1)->boot();
    REQUIRE(pool.wait_until_ready({}, soon()).has_value());
    script.sandbox(1)->die();
    const Boot boot = boot_of(pool, document("heir"));
    CHECK(boot.reason == "no sandbox was ready: it was killed");
    script.sandbox(2)->boot();
    REQUIRE(pool.wait_until_ready({}, soon()).has_value());
    CHECK(pool.stats().retired == 1);
    CHECK(script.alive() == 1);
}

TEST_CASE("A sandbox that nobody takes is replaced when it is old") {
    Script script;
    Prewarmed pool{ScriptedBackend{&script}, PoolOptions{.size = 1, .max_idle = 20ms}};
    for (std::size_t number = 1; number <= 3; ++number) script.sandbox(number)->boot();
    script.sandbox(4);
    CHECK(pool.stats().retired >= 3);
    CHECK(script.alive() <= 1);
}

TEST_CASE("Boots that fail keep no cell from running, and are tried again") {
    Script script;
    int failures = 2;
    script.on_boot = [&]() -> std::optional<CellosError> {
        if (failures-- > 0) return CellosError{CellosError::Kind::Host, "no room"};
        return std::nullopt;
    };
    Prewarmed pool{ScriptedBackend{&script}, PoolOptions{.size = 1}};
    script.wait_for("boot", 1);
    CHECK(boot_of(pool, document("cold")).kind == Boot::Kind::Cold);
    const auto ready = pool.wait_until_ready({}, soon());
    if (!ready) CHECK(ready.error().message == "no room");
    script.sandbox(1)->boot();
    while (!pool.wait_until_ready({}, soon())) {
    }
    CHECK(pool.stats().boots == 1);
    CHECK(pool.stats().last_error->message == "no room");
}

TEST_CASE("A boot that takes too long is given up") {
    Script script;
    Prewarmed pool{ScriptedBackend{&script}, PoolOptions{.size = 1, .boot_deadline = 10ms}};
    const auto ready = pool.wait_until_ready({}, soon());
    REQUIRE_FALSE(ready.has_value());
    CHECK(ready.error().message == "a sandbox did not boot before its deadline");
}

TEST_CASE("A pool over a backend that the caller keeps") {
    Script script;
    ScriptedBackend backend{&script};
    {
        Prewarmed pool{std::ref(backend), PoolOptions{.size = 1}};
        static_assert(std::is_same_v<decltype(pool), Prewarmed<ScriptedBackend&>>);
        static_assert(Prewarmable<ScriptedBackend&> && InCellExecution<decltype(pool)>);
        script.sandbox(1)->boot();
        REQUIRE(pool.wait_until_ready({}, soon()).has_value());
        const auto report = Supervisor{std::ref(pool)}.run(document("warm"));
        REQUIRE(report.has_value());
        CHECK_FALSE(report->boot->reason.has_value());
        CHECK(pool.stats().warm_starts + pool.stats().cold_starts == 1);
    }
    CHECK(script.alive() == 0);
    const auto cell = backend.create(document("later"));
    REQUIRE(cell.has_value());
    CHECK(backend.destroy(*cell).has_value());
}

TEST_CASE("A pool that goes leaves no sandbox, also while some boot") {
    Script script;
    {
        const Prewarmed pool{ScriptedBackend{&script}, PoolOptions{.size = 2, .max_boots = 2}};
        script.sandbox(2);
        CHECK(script.alive() > 0);
    }
    CHECK(script.alive() == 0);
}
