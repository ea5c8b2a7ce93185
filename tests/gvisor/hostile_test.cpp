// Workloads that want out, or want it all: what stops each of them, that its end comes in time, and
// that nothing is left. Beside it what the same workload makes of bare `runsc run` where that
// differs. All of it once more in sandboxes that were booted ahead, where each has to be stopped as
// well.
#include "support/bare_runsc.hpp"
#include "support/catch.hpp"
#include "support/table.hpp"
#include "support/temporary_directory.hpp"
#include "support/timed_run.hpp"

#include <cellos/export/local.hpp>
#include <cellos/host/gvisor/runsc/runsc.hpp>
#include <cellos/host/prewarmed.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

using namespace cellos;
using namespace cellos_tests;
using namespace std::chrono_literals;

namespace {

using Expected = std::function<bool(const Result<CellReport>&)>;

constexpr auto deadline = 4000ms;
constexpr auto allowance = 2s;

// What reaches a limit ends before, but on a busy machine only some time later.
constexpr auto patience = 30'000ms;

// What a careful caller gives code that it doesn't trust.
ExecutionCellDocument limited(std::vector<std::string> argv) {
    auto document = cell_document(std::move(argv), "hostile");
    document.spec.run->timeout_ms = deadline.count();
    document.spec.run->working_directory = "/work";
    document.spec.run->limits = Limits{
        .memory_max_bytes = std::int64_t{256} << 20,
        .max_processes = 64,
        .max_open_files = 256,
        .scratch_bytes = std::int64_t{16} << 20,
        .max_output_bytes = std::int64_t{1} << 20,
    };
    return document;
}
ExecutionCellDocument patient(ExecutionCellDocument document) {
    document.spec.run->timeout_ms = patience.count();
    return document;
}
ExecutionCellDocument shell(std::string script) {
    return limited({"/bin/sh", "-c", std::move(script)});
}
// The attempts are made one after the other, and each one's result is a line of output.
ExecutionCellDocument python(std::string program) {
    return limited(
        {"python3",
         "-c",
         "import ctypes, os, socket, sys\nlibc = ctypes.CDLL(None, use_errno=True)\n"
         "def attempt(call):\n  try:\n    result = call()\n"
         "    print('DONE' if result is None or result >= 0 else 'refused', flush=True)\n"
         "  except OSError as error: print('refused', flush=True)\n" +
             std::move(program)}
    );
}

Expected ends_as(std::vector<std::string> ways) {
    return [ways = std::move(ways)](const Result<CellReport>& report) {
        return std::ranges::find(ways, ending(report)) != ways.end();
    };
}
Expected prints(std::string text) {
    return [text = std::move(text)](const Result<CellReport>& report) {
        return report && report->stdout_text == text;
    };
}
// Every attempt was refused, and there was at least one.
bool all_refused(const Result<CellReport>& report) {
    return report && report->stdout_text.starts_with("refused\n") &&
           report->stdout_text.find("DONE") == std::string::npos;
}

struct Row {
    std::string_view attempt;
    std::string_view stopped_by;
    ExecutionCellDocument document;
    Expected expected;
};

struct Rig {
    Boot::Kind boot = Boot::Kind::Cold;
    StateDirectory state{};
    GVisorConfig config = state.config();
    std::filesystem::path runsc = gvisor::find_runsc(config).value().path;

    explicit Rig(Boot::Kind how = Boot::Kind::Cold, CellUser user = {}) : boot{how} {
        config.user = user;
        if (user.uid == 0) config.enforcement = Enforcement::BestEffort;
        REQUIRE(Supervisor{GVisorCellBackend{config}}.run(cell_document({"true"})));
    }

    /// Runs it with a backend of its own, and where that has a pool, in a sandbox that waited for
    /// documents like `like`. The pool boots on as long as it lives, so what is left is looked for
    /// after its end.
    template <class... Ports>
    [[nodiscard]] TimedRun timed(
        const ExecutionCellDocument& document, const ExecutionCellDocument& like, Ports... ports
    ) const {
        if (boot == Boot::Kind::Cold) {
            const auto cold = [&] {
                return Supervisor{GVisorCellBackend{config}, std::move(ports)...};
            };
            return timed_run(cold, state.path(), document);
        }
        const auto warm = [&] {
            Prewarmed backend{GVisorCellBackend{config}, PoolOptions{.size = 1, .like = {like}}};
            const auto ready = backend.wait_until_ready({}, std::chrono::steady_clock::now() + 60s);
            INFO((ready ? "" : ready.error().what()));
            REQUIRE(ready.has_value());
            return Supervisor{std::move(backend), std::move(ports)...};
        };
        TimedRun run = timed_run(warm, state.path(), document);
        if (run.report) {
            const std::optional<Boot> booted = run.report->boot;
            INFO((booted ? booted->reason.value_or("") : "no sandbox"));
            CHECK((booted && booted->kind == Boot::Kind::Warm));
        }
        return run;
    }

    /// What becomes of a caller who gives the same workload to `runsc run` by hand.
    [[nodiscard]] std::string bare(const ExecutionCellDocument& document) const {
        if (boot == Boot::Kind::Warm || config.user.uid == 0) return "as above";
        const std::chrono::milliseconds given{*document.spec.run->timeout_ms};
        const auto run = bare_run(runsc, document, given, {}, config);
        return run.end + " after " + seconds_text(run.took) +
               (run.left.empty() ? "" : ", leaves " + run.left);
    }

    void operator()(const Row& row) { (*this)(row, row.document); }

    void operator()(const Row& row, const ExecutionCellDocument& like) {
        INFO(row.attempt << ", " << to_string(boot));
        const auto run = timed(row.document, like);
        const std::string seen = ending(run.report);
        CAPTURE(seen, run.report ? run.report->stdout_text : run.report.error().message);
        CAPTURE(run.report ? run.report->stderr_text.substr(0, 1000) : "");
        CHECK(row.expected(run.report));
        CHECK(run.took < std::chrono::milliseconds{*row.document.spec.run->timeout_ms} + allowance);
        CHECK(run.left == "");
        if (run.report) CHECK(run.report->teardown.destroyed);
        print_row({row.attempt, row.stopped_by, seen, seconds_text(run.took), bare(row.document)});
    }
};

void print_hostile_header() {
    print_header({"attempt", "what stops it", "the caller sees", "after", "bare runsc run"});
}

// A service of the host that a workload shall not reach: whoever connects is counted.
class Listener {
public:
    Listener(int family, const sockaddr* address, socklen_t size)
        : socket_{::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)} {
        REQUIRE(::bind(socket_.get(), address, size) == 0);
        REQUIRE(::listen(socket_.get(), 4) == 0);
    }
    [[nodiscard]] bool was_reached() const {
        return os::wait_readable(socket_.get(), os::Clock::now());
    }
    [[nodiscard]] int fd() const noexcept { return socket_.get(); }

private:
    os::Descriptor socket_;
};

// Names what there is of these paths. (With 2022's runsc ls fails with EINVAL for every path.)
std::string existing(const std::string& paths) {
    return "for f in " + paths + "; do test -e \"$f\" && echo \"$f\"; done; true";
}

std::set<std::string> names_in(const std::filesystem::path& directory) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{directory})
        names.insert(entry.path());
    return names;
}

} // namespace

static void take_all_they_can_get(Boot::Kind boot) {
    Rig run{boot};
    print_hostile_header();
    const std::vector<Row> rows{
        {"fork bomb",
         "RLIMIT_NPROC in the sentry; deadline, `cgroup.kill`",
         shell("bomb() { bomb | bomb & }; bomb; while :; do :; done"),
         ends_as({"timedOut", "outOfMemory", "signaled 9"})},
        {"memory hog",
         "memory cgroup",
         patient(limited({"python3", "-c", "b = []\nwhile True: b.append(bytearray(1 << 20))"})),
         ends_as({"outOfMemory"})},
        {"fills `/tmp` and its working directory",
         "size of the tmpfs",
         shell("for d in /tmp .; do dd if=/dev/zero of=$d/f bs=64k 2>/dev/null; wc -c < $d/f; done"
         ),
         prints("16777216\n16777216\n")},
        {"writes without end",
         "limit on output",
         shell("exec yes"),
         ends_as({"outputLimitExceeded"})},
    };
    for (const auto& row : rows) run(row);
}

TEST_CASE("Hostile: workloads that take all they can get") {
    take_all_they_can_get(Boot::Kind::Cold);
}

TEST_CASE("Hostile: stress-ng") {
    if (!std::filesystem::exists("/usr/bin/stress-ng")) CELLOS_SKIP("stress-ng is not installed");
    Rig run;
    const auto stress = [](std::string arguments) {
        return shell("exec stress-ng --temp-path /tmp --timeout 2s " + std::move(arguments));
    };
    // It ends by itself, or something ends it; both are fine, as long as it ends.
    const auto any_end = ends_as(
        {"exited 0",
         "exited 1",
         "exited 2",
         "exited 3",
         "exited 4",
         "exited 5",
         "timedOut",
         "outOfMemory",
         "signaled 9",
         "signaled 14",
         "signaled 15"}
    );
    const std::vector<Row> rows{
        {"stress-ng --cpu 4", "deadline", stress("--cpu 4"), any_end},
        {"stress-ng --vm 4 --vm-bytes 2g",
         "memory cgroup",
         patient(stress("--vm 4 --vm-bytes 2g")),
         ends_as({"outOfMemory"})},
        {"stress-ng --fork 8", "RLIMIT_NPROC; deadline", stress("--fork 8"), any_end},
        {"stress-ng --pipe 4", "deadline", stress("--pipe 4"), any_end},
        {"stress-ng --open 4", "RLIMIT_NOFILE; deadline", stress("--open 4"), any_end},
    };
    for (const auto& row : rows) run(row);
}

static void do_not_want_to_go(Boot::Kind boot) {
    Rig run{boot};
    auto deaf = shell("trap '' TERM INT HUP; while :; do sleep 0.1; done");
    deaf.spec.run->timeout_ms = 1000;
    deaf.spec.run->limits->graceful_shutdown_seconds = 1;
    const std::vector<Row> rows{
        {"ignores SIGTERM", "SIGKILL of all after the grace", deaf, ends_as({"timedOut"})},
        {"daemonises",
         "the sandbox ends with its first process",
         shell("setsid sh -c 'trap \"\" TERM HUP; (sleep 1000 &) ; sleep 1000' & echo gone"),
         prints("gone\n")},
        {"kills whatever it can see",
         "a process table of its own",
         shell("kill -9 -1; kill -9 $PPID; echo alive"),
         ends_as({"exited 0", "exited 1", "signaled 9"})},
        {"writes to every descriptor it can find",
         "it has 0, 1 and 2 alone",
         python("n = 0\nfor fd in range(3, 4096):\n  try:\n    os.write(fd, b'x'); n += 1\n"
                "  except OSError: pass\nprint(n)\n"),
         prints("0\n")},
    };
    for (const auto& row : rows) run(row);
}

TEST_CASE("Hostile: processes that do not want to go") {
    do_not_want_to_go(Boot::Kind::Cold);
}

// Another cell lives meanwhile, with something to hide.
static void look_for_the_host(Boot::Kind boot, CellUser user) {
    Rig run{boot, user};
    GVisorCellBackend other{run.config};
    auto secretive = cell_document({"true"}, "other");
    const auto neighbour = other.create(secretive).value();
    const std::string state = run.state.path().native();
    const std::string pid = std::to_string(::getpid());
    const auto before_usr = names_in("/usr");
    const auto before_root = names_in("/");
    const std::string core_pattern = file_text("/proc/sys/kernel/core_pattern");
    const std::vector<Row> rows{
        {"reads `/etc/shadow`, `/root`, `/home`, `/var`, `/boot`",
         "they are not in its root",
         shell(
             "cat /etc/shadow /etc/gshadow; " +
             existing("/root/* /home/cell/* /var/tmp/* /boot/* /etc/shadow") +
             "; echo /home/* /var/*"
         ),
         prints("/home/cell /var/tmp\n")},
        {"reads the host's `/proc`",
         "a `/proc` of its own",
         shell(
             "cat /proc/" + pid + "/environ /proc/" + pid +
             "/maps /proc/1/root/etc/shadow "
             "/proc/kcore /proc/sched_debug; cat /proc/version | cut -d' ' -f3"
         ),
         prints("4.4.0\n")},
        {"reads the state directory and other cells' files",
         "they are not in its root",
         shell(
             "find /dev/shm /run /tmp -name '*.json' -o -name " + neighbour.instance + "; cat " +
             state + "/*.json; " + existing(state + "/* " + state + "/*/*")
         ),
         prints("")},
        {"writes to `/usr`, `/etc`, `/bin`, `/`",
         "read-only binds and root",
         shell(
             "for d in /usr /usr/bin /etc /bin /lib /; do touch $d/cellos-test; "
             "mkdir $d/cellos-test-dir; ln -s x $d/cellos-test-link; chmod 777 $d; "
             "echo x >> $d/passwd; done 2>/dev/null; " +
             existing("/cellos-test* /*/cellos-test* /usr/*/cellos-test* /usr/bin/env")
         ),
         prints("/usr/bin/env\n")},
        {"writes to the kernel's settings",
         "`/proc/sys` and `/sys` are the sentry's",
         shell("for f in kernel/core_pattern kernel/modprobe vm/drop_caches; do "
               "echo x > /proc/sys/$f; done; echo b > /proc/sysrq-trigger; true"),
         prints("")},
        {"opens and makes devices",
         "no capability, a `/dev` of its own",
         python("for d in 'mem', 'kmsg', 'sda', 'vda', 'kvm', 'loop-control':\n"
                "  attempt(lambda: os.open('/dev/' + d, os.O_RDWR))\n"
                "attempt(lambda: os.open(os.mknod('/tmp/d', 0o60666, os.makedev(254, 0)) or "
                "'/tmp/d', os.O_RDWR))\n"),
         all_refused},
        {"mounts, chroots out, loads modules, reboots",
         "no capability",
         python("call = libc.syscall\n"
                "attempt(lambda: libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))\n"
                "attempt(lambda: libc.mount(b'/', b'/tmp', None, 4096, None))\n"
                "attempt(lambda: libc.umount2(b'/usr', 2))\n"
                "attempt(lambda: os.chroot('/tmp'))\n"
                "attempt(lambda: call(155, b'/tmp', b'/tmp'))\n"
                "attempt(lambda: call(175, 0, 0, b''))\n"
                "attempt(lambda: call(169, 0xfee1dead, 672274793, 0x1234567, 0))\n"),
         all_refused},
        {"traces processes of the host",
         "a process table of its own",
         python(
             "bytes = ctypes.create_string_buffer(8)\n"
             "place = (ctypes.c_void_p * 2)(ctypes.addressof(bytes), 8)\n"
             "for pid in " +
             pid +
             ", os.getppid():\n"
             "  attempt(lambda: libc.ptrace(16, pid, None, None))\n"
             "  attempt(lambda: libc.syscall(310, pid, place, 1, place, 1, 0))\n"
             "  attempt(lambda: os.open('/proc/%d/mem' % pid, os.O_RDWR))\n"
         ),
         all_refused},
    };
    for (const auto& row : rows) run(row);
    CHECK(names_in("/usr") == before_usr);
    CHECK(names_in("/") == before_root);
    CHECK_FALSE(std::filesystem::exists("/usr/bin/cellos-test"));
    CHECK_FALSE(std::filesystem::exists("/etc/cellos-test"));
    CHECK(file_text("/proc/sys/kernel/core_pattern") == core_pattern);
    CHECK(other.destroy(neighbour).value().destroyed);
}

TEST_CASE("Hostile: attempts to read and write what is the host's") {
    print_hostile_header();
    SECTION("as nobody") {
        look_for_the_host(Boot::Kind::Cold, {});
    }
    SECTION("as the cell's own root") {
        look_for_the_host(Boot::Kind::Cold, {0, 0});
        // maxProcesses does not hold user 0, so that only best effort got this far.
        const StateDirectory state;
        auto config = state.config();
        config.user = {0, 0};
        GVisorCellBackend strict{config};
        CHECK(strict.create(shell("true")).error().kind == CellosError::Kind::Unsupported);
    }
}

static void connect_to_the_host(Boot::Kind boot) {
    Rig run{boot};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    const Listener tcp{AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof address};
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(tcp.fd(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    const std::string port = std::to_string(::ntohs(address.sin_port));

    const std::string name = "cellos-test-" + os::random_id().value();
    sockaddr_un abstract{};
    abstract.sun_family = AF_UNIX;
    std::ranges::copy(name, abstract.sun_path + 1);
    const Listener local{
        AF_UNIX,
        reinterpret_cast<const sockaddr*>(&abstract),
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())};

    run(
        {"connects to services of the host: loopback, abstract and other local sockets",
         "a network stack of its own, with nothing in it",
         python(
             "for host in '127.0.0.1', '::1', '0.0.0.0', '169.254.169.254', '10.0.0.1':\n"
             "  attempt(lambda: socket.create_connection((host, " +
             port +
             "), 1) and 0)\n"
             "unix = socket.socket(socket.AF_UNIX)\n"
             "attempt(lambda: unix.connect('\\0" +
             name +
             "'))\n"
             "attempt(lambda: unix.connect('/run/docker.sock'))\n"
             "attempt(lambda: unix.connect('\\0runsc-sandbox.' + '0' * 20 + '\\0'))\n"
             "attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW) and 0)\n"
         ),
         all_refused}
    );
    CHECK_FALSE(tcp.was_reached());
    CHECK_FALSE(local.was_reached());
}

TEST_CASE("Hostile: services on the host's loopback") {
    connect_to_the_host(Boot::Kind::Cold);
}

static void plant_links(Boot::Kind boot) {
    Rig run{boot};
    const cellos_test::TemporaryDirectory shared;
    std::filesystem::permissions(shared.path(), std::filesystem::perms::all);
    run.config.mounts = {{shared.path(), "/data", true}};
    // One cell leaves it where the next one begins.
    run(
        {"plants a symbolic link in a shared mount",
         "nothing: it may",
         shell("ln -s /etc /data/link && echo planted"),
         prints("planted\n")}
    );
    // The pool could not boot anything in such a place; what it has boots in none.
    auto following = shell("pwd");
    following.spec.run->working_directory.reset();
    const auto like = following;
    following.spec.run->working_directory = "/data/link";
    run({"a working directory that a workload made a link of",
         "looked at before runsc is called",
         following,
         ends_as({"host", "unsupported", "invalidSpec"})},
        like);
    following.spec.run->working_directory = "/data/link/cellos-test";
    run({"a working directory below such a link",
         "looked at before runsc is called",
         following,
         ends_as({"host", "unsupported", "invalidSpec"})},
        like);
    CHECK_FALSE(std::filesystem::exists("/etc/cellos-test"));

    const cellos_test::TemporaryDirectory exported;
    auto document = shell("ln -s /etc/passwd /out/artifact");
    document.spec.export_ = ExportSpec{{{"artifact", "/out/artifact"}}};
    const auto ran = run.timed(document, document, LocalExportSink{exported.path() / "e"});
    REQUIRE(ran.report.has_value());
    CHECK(ran.report->outcome == Outcome::Failed);
    REQUIRE(ran.report->port_errors.size() == 1);
    CHECK(ran.report->port_errors[0].message.find("symbolic link") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(exported.path() / "e" / "hostile" / "artifact"));
    CHECK(ran.left == "");
    print_row(
        {"a symbolic link as an artifact",
         "opened beneath its directory, no link followed",
         "the export failed",
         seconds_text(ran.took),
         "has no exports"}
    );
}

TEST_CASE("Hostile: symbolic links that are planted for the host to follow") {
    plant_links(Boot::Kind::Cold);
}

static void take_the_agent(Boot::Kind how) {
    Rig run{how};
    run(
        {"writes to the agent, and runs it as if it were to become root",
         "a read-only bind; no capability",
         shell("l=/dev/cellos-agent; for d in $l /proc/self/exe; do chmod 777 $d; rm -f $d; "
               "mv $d /tmp; (echo x > $d); done 2>/dev/null; exec $l 0 0 id </dev/null"),
         [](const Result<CellReport>& report) {
             return ending(report) == "exited 2" &&
                    report->stdout_text.find("uid=") == std::string::npos;
         }}
    );
    run(
        {"signals, traces, reads and impersonates the agent",
         "another user of the sandbox; no capability",
         python("import resource, stat\n"
                "def tried(name, action):\n"
                "  try: action()\n"
                "  except OSError: return\n"
                "  print(name)\n"
                "def checked(result):\n"
                "  if result < 0: raise OSError(ctypes.get_errno(), 'refused')\n"
                "def reached(fd):\n"
                "  with open('/proc/1/fd/%d' % fd, 'rb', 0) as file:\n"
                "    if not stat.S_ISFIFO(os.fstat(file.fileno()).st_mode): print('opened', fd)\n"
                "  raise OSError\n"
                "for number in 1, 2, 9, 11, 15, 19: tried(number, lambda: os.kill(1, number))\n"
                "tried('attach', lambda: checked(libc.ptrace(16, 1, 0, 0)))\n"
                "tried('seize', lambda: checked(libc.ptrace(0x4206, 1, 0, 0)))\n"
                "tried('limit', lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, (3, 3)))\n"
                "tried('memory', lambda: open('/proc/1/mem', 'rb'))\n"
                "for fd in range(16): tried(fd, lambda: reached(fd))\n"
                "for fd in range(3, 64): tried('inherited', lambda: os.fstat(fd))\n"
                "for fd in range(3): tried('socket', lambda: socket.socket(fileno=os.dup(fd))."
                "getpeername())\n"
                "print('done')"),
         [](const Result<CellReport>& report) {
             return ending(report) == "exited 0" && report->stdout_text == "done\n";
         }}
    );
    run(
        {"kills everybody that it can",
         "the agent is somebody else, and tells the end",
         shell("kill -9 -1; exit 5"),
         [](const Result<CellReport>& report) {
             return ending(report) == "exited 5" || ending(report) == "signaled 9";
         }}
    );
}

TEST_CASE("Hostile: what it does to the agent of its sandbox") {
    take_the_agent(Boot::Kind::Cold);
}

// Not stress-ng: what it does to the host's kernel is the same, however its sandbox was booted.
TEST_CASE("Hostile: all of it in sandboxes that were booted ahead") {
    take_all_they_can_get(Boot::Kind::Warm);
    do_not_want_to_go(Boot::Kind::Warm);
    look_for_the_host(Boot::Kind::Warm, {});
    connect_to_the_host(Boot::Kind::Warm);
    plant_links(Boot::Kind::Warm);
    take_the_agent(Boot::Kind::Warm);
}

TEST_CASE("Nothing is made in the host's root file system") {
    const StateDirectory state;
    const StateDirectory home;
    const auto rootfs = home.path();
    std::filesystem::create_directory(rootfs);
    for (const char* place :
         {"proc",
          "dev",
          "sys",
          "tmp",
          "bin",
          "lib64",
          "lib/x86_64-linux-gnu",
          "work",
          "data",
          "inputs"})
        std::filesystem::create_directories(rootfs / place);
    for (const char* file :
         {"bin/sh", "lib64/ld-linux-x86-64.so.2", "lib/x86_64-linux-gnu/libc.so.6"}) {
        const std::filesystem::path source = std::filesystem::path{"/"} / file;
        if (!std::filesystem::exists(source)) {
            std::filesystem::remove_all(rootfs);
            CELLOS_SKIP("the C library is elsewhere on this machine");
        }
        std::filesystem::copy_file(source, rootfs / file);
    }
    const cellos_test::TemporaryDirectory shared;
    const auto tree = [&] {
        std::set<std::string> paths;
        for (const auto& entry : std::filesystem::recursive_directory_iterator{rootfs})
            paths.insert(entry.path());
        return paths;
    };
    const auto before = tree();
    auto config = state.config();
    config.rootfs = DirectoryRootfs{rootfs};
    config.mounts = {{shared.path(), "/data"}};
    Supervisor supervisor{GVisorCellBackend{config}};

    auto document = shell_document("echo hello; echo x > /new || echo read-only");
    document.spec.run->working_directory = "/work";
    const auto report = supervisor.run(document, {.inputs = {{"file", std::string{"text"}}}});
    if (!report) FAIL(report.error().what());
    CHECK(report->stdout_text == "hello\nread-only\n");
    CHECK(tree() == before);

    // What would have to be made there is refused.
    document.spec.run->working_directory = "/not/there";
    CHECK_FALSE(supervisor.run(document).has_value());
    CHECK(tree() == before);
    std::filesystem::remove_all(rootfs);
}
