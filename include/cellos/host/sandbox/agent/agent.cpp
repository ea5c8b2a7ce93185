/// @file
/// The agent: process 1 of every sandbox. It starts commands as the cell's user, passes on what
/// they write, and tells how they end. <cellos/host/sandbox/agent/wire.hpp> says how it is talked
/// to.
///
///     cellos-agent UID GID [PROGRAM [ARGUMENT…]]
///
/// CMake builds it; how to build it by hand stands in MANUAL.md, "The agent".
///
/// UID and GID are the cell's user; PROGRAM is run as them once, before the agent is ready. The
/// agent is started as user 0 with the capabilities SETUID, SETGID, SETPCAP, KILL and, to name the
/// host, SYS_ADMIN. It is never the cell's user (agent_uid()), so that nothing in the sandbox can
/// signal, trace or read it. Its stdin is the socket; its stdout and stderr must be open, and are
/// not used.
///
/// Between a request and its command lie as few system calls as can be: each takes a sandbox 10 to
/// 50 microseconds. What does not change from command to command is settled once.
///
/// It stands between every cell and its first instruction, so it is as small as can be: no C
/// library, no dynamic linker, no allocation. Linux on x86-64 and aarch64.
#include <cellos/host/sandbox/agent/execute.hpp>
#include <cellos/host/sandbox/agent/identity.hpp>
#include <cellos/host/sandbox/agent/memory.hpp>
#include <cellos/host/sandbox/agent/read_request.hpp>
#include <cellos/host/sandbox/agent/relay.hpp>

#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/time_types.h>
#include <linux/uio.h>
#include <linux/wait.h>

// What the compiler may call for copies and initialisations of its own.
extern "C" {
void* memcpy(void* to, const void* from, std::size_t count) {
    auto* target = static_cast<char*>(to);
    const auto* source = static_cast<const char*>(from);
    for (std::size_t i = 0; i < count; ++i) target[i] = source[i];
    return to;
}

void* memset(void* to, int value, std::size_t count) {
    auto* target = static_cast<char*>(to);
    for (std::size_t i = 0; i < count; ++i) target[i] = static_cast<char>(value);
    return to;
}
}

namespace {

using namespace cellos::sandbox::agent;

constexpr int control = 0;
constexpr int sigchld = 17;
constexpr int sigkill = 9;
constexpr std::uint64_t no_signal = 0;
constexpr std::uint64_t every_signal = ~std::uint64_t{0};

// No C library, hence nothing that would run constructors.
constinit Self self;
constinit PipeStock stock;
constinit int signals = -1; // a signalfd(2) that tells of children

// Some commands may be gone whose output the host has not taken yet.
constexpr int most_relays = 2 * max_commands + 4;
constinit Relay relays[most_relays]{};

// What a usual request needs; a larger one gets memory of its own. A command is charged for the
// agent's memory, in which it begins, so that there is little of it.
char small_text[std::size_t{64} << 10];
char* few_strings[1024];
alignas(16) char child_stack[std::size_t{16} << 10];

struct Usage {
    std::uint64_t user_micros = 0;
    std::uint64_t system_micros = 0;
    std::uint64_t peak_kib = 0;

    void add(const rusage& used) {
        const auto micros = [](const auto& time) {
            return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 +
                   static_cast<std::uint64_t>(time.tv_usec);
        };
        user_micros += micros(used.ru_utime);
        system_micros += micros(used.ru_stime);
        const auto peak = static_cast<std::uint64_t>(used.ru_maxrss);
        if (peak > peak_kib) peak_kib = peak;
    }
};

// A command that runs.
struct Running {
    long process = 0; ///< its first; 0: none
    std::uint32_t id = 0;
    Leftovers leftovers = Leftovers::EndAll;
    Usage usage{}; ///< of its first process and, where all ends with it, of what lost its parents
};
constinit Running commands[max_commands]{};
constinit int running = 0; // how many there are

Running* find_command(long process) {
    for (Running& command : commands)
        if (command.process == process) return &command;
    return nullptr;
}

Running* find_command(std::uint32_t id) {
    for (Running& command : commands)
        if (command.process != 0 && command.id == id) return &command;
    return nullptr;
}

Running* idle_command() {
    return find_command(0L);
}

// The one with which all ends, if that is what runs.
Running* only_command() {
    for (Running& command : commands)
        if (command.process != 0)
            return command.leftovers == Leftovers::EndAll ? &command : nullptr;
    return nullptr;
}

// A page fault costs a sandbox a tenth of a millisecond: those of a usual request are taken before
// it comes.
void touch_first_pages() {
    void* const pages[]{
        small_text,
        small_text + 4096,
        few_strings,
        child_stack,
        child_stack + sizeof child_stack - 1};
    for (void* const page : pages) *static_cast<volatile char*>(page) = 0;
}

// --- What is told -------------------------------------------------------------------------------

void tell(const Tell& told) {
    const auto* at = reinterpret_cast<const char*>(&told);
    for (std::size_t left = sizeof told; left > 0;) {
        const long put = call(__NR_write, control, at, left);
        if (put == -EINTR) continue;
        if (put <= 0) end(0); // the host has gone
        at += put;
        left -= static_cast<std::size_t>(put);
    }
}

void tell(Kind kind, std::uint32_t id, int status = 0) {
    Tell told;
    told.kind = kind;
    told.id = id;
    told.status = status;
    tell(told);
}

void tell(Failure failure, std::uint32_t id) {
    Tell told;
    told.kind = Kind::Failed;
    told.id = id;
    told.step = failure.step;
    told.status = failure.error;
    tell(told);
}

// What cannot be understood ends the conversation, and the sandbox with it.
[[noreturn]] void refuse(int error, std::uint32_t id) {
    tell(Failure{Step::Read, error}, id);
    end(1);
}

// --- What is read -------------------------------------------------------------------------------

struct Descriptors {
    // One more than is right: not every kernel tells of those that it drops.
    static constexpr int most = 4;
    int files[most]{-1, -1, -1, -1};
    int count = 0;

    void close_all() {
        for (int& file : files) close(file);
    }
};

// As recvmsg(2) has it.
struct Message {
    void* name;
    std::uint32_t name_bytes;
    iovec* parts;
    std::size_t part_count;
    void* control;
    std::size_t control_bytes;
    int flags;
};

struct ControlMessage {
    std::size_t bytes = 0;
    int level = 0;
    int type = 0;
    int files[Descriptors::most]{};
};
static_assert(sizeof(ControlMessage) == 32, "no room for a fifth");

void read_all(void* to, std::size_t count) {
    auto* target = static_cast<char*>(to);
    while (count > 0) {
        const long got = call(__NR_read, control, target, count);
        if (got == -EINTR) continue;
        if (got <= 0) end(0);
        target += got;
        count -= static_cast<std::size_t>(got);
    }
}

// Descriptors come with the first byte of a Head. False: they, or their number, are not as they
// should be.
bool read_head(Head& head, Descriptors& descriptors) {
    constexpr int socket_level = 1;
    constexpr int rights = 1;
    constexpr int truncated = 0x8;
    constexpr int close_on_exec = 0x40000000;
    iovec part{&head, sizeof head};
    ControlMessage sent;
    Message message{nullptr, 0, &part, 1, &sent, sizeof sent, 0};
    long got = 0;
    do got = call(__NR_recvmsg, control, &message, close_on_exec);
    while (got == -EINTR);
    if (got <= 0) end(0);
    const auto taken = static_cast<std::size_t>(got);
    if (taken < sizeof head) read_all(reinterpret_cast<char*>(&head) + taken, sizeof head - taken);
    if ((message.flags & truncated) != 0) return false;
    if (message.control_bytes == 0) return true;
    constexpr std::size_t header = offsetof(ControlMessage, files);
    if (sent.level != socket_level || sent.type != rights || sent.bytes < header) return false;
    descriptors.count = static_cast<int>((sent.bytes - header) / sizeof(int));
    if (descriptors.count > Descriptors::most) return false;
    for (int i = 0; i < descriptors.count; ++i) descriptors.files[i] = sent.files[i];
    return true;
}

// --- Processes ----------------------------------------------------------------------------------

// A child that has ended, as wait4(2) has it.
long reap(long child, int options, int& status, rusage& used) {
    long reaped = 0;
    do reaped = call(__NR_wait4, child, &status, options | __WALL, &used);
    while (reaped == -EINTR);
    return reaped;
}

void drain_signals() {
    char told[128];
    call(__NR_read, signals, told, sizeof told);
}

void wait_for_children(long milliseconds) {
    pollfd waited{signals, POLLIN, 0};
    __kernel_timespec time{0, milliseconds * 1'000'000};
    call(__NR_ppoll, &waited, 1, &time, nullptr, 0);
    drain_signals();
}

// All that still runs. What has lost its parents is a child of process 1: without children there is
// nothing.
void end_the_rest(Usage& usage) {
    for (unsigned reaped = 0;; ++reaped) {
        int status = 0;
        rusage used{};
        const long found = reap(-1, WNOHANG, status, used);
        if (found == -ECHILD) return;
        if (found > 0) usage.add(used);
        // Once should be enough; but what forks at this moment must not get away.
        constexpr unsigned at_once = 256;
        if (found == 0 || reaped % at_once == 0) call(__NR_kill, -1, sigkill);
        if (found == 0) wait_for_children(5);
    }
}

// What a child is to become, and why it could not. It runs in the agent's memory until it executes
// a program; the agent stands still meanwhile.
struct Start {
    int streams[3]{-1, -1, -1};
    Identity user{};
    const Command* command = nullptr;
    Failure failure{};
};
constinit Start start;

Failure become_command() {
    call(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, &no_signal, nullptr, sizeof no_signal);
    call(__NR_setsid);
    for (int stream = 0; stream < 3; ++stream) {
        const long result = call(__NR_dup3, start.streams[stream], stream, 0);
        if (result < 0) return failed(Step::Streams, result);
    }
    const Command& command = *start.command;
    for (std::uint32_t i = 0; i < command.exec.limits; ++i) {
        const auto limit = read_as<Limit>(command.limits + i * sizeof(Limit));
        const std::uint64_t both[2]{limit.value, limit.value};
        const long result = call(__NR_prlimit64, 0, limit.resource, both, nullptr);
        if (result < 0) return failed(Step::Limits, result);
    }
    if (const long result = self.become(start.user); result < 0) return failed(Step::Drop, result);
    if (length(command.directory) > 1) { // the agent stands in the root
        const long result = call(__NR_chdir, command.directory);
        if (result < 0) return failed(Step::Directory, result);
    }
    return execute(command.arguments, command.variables);
}

void child() {
    start.failure = become_command();
    end(127);
}

// The process of `start`, which has executed its program; or start.failure.
long launch(Leftovers leftovers) {
    start.failure = {};
    const long own = leftovers == Leftovers::EndOwn ? CLONE_NEWPID : 0;
    const long process =
        raw_clone(own | CLONE_VM | CLONE_VFORK | sigchld, child_stack + sizeof child_stack, child);
    if (process < 0) {
        start.failure = failed(Step::Fork, process);
    } else if (start.failure.step != Step::None) {
        int status = 0;
        rusage used{};
        reap(process, 0, status, used);
    }
    return process;
}

// Runs a command to its end, and ends what it has left. Its wait status, or -1.
int prepare(Identity user, char** arguments, char** variables) {
    int null = static_cast<int>(call(__NR_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC));
    if (null < 0) return -1;
    Command command;
    command.directory = "";
    command.arguments = arguments;
    command.variables = variables;
    start = {{null, null, null}, user, &command, {}};
    const long process = launch(Leftovers::EndAll);
    close(null);
    int status = -1;
    rusage used{};
    if (start.failure.step != Step::None || reap(process, 0, status, used) < 0) return -1;
    Usage unused;
    end_the_rest(unused);
    return status;
}

// --- Exec ---------------------------------------------------------------------------------------

// A sandbox mostly has one name for all of its commands.
long take_hostname(const char* name) {
    static char taken[65];
    const std::size_t size = length(name);
    bool same = size < sizeof taken;
    for (std::size_t i = 0; same && i <= size; ++i) same = taken[i] == name[i];
    if (same || size == 0) return 0;
    const long result = call(__NR_sethostname, name, size);
    if (result >= 0)
        for (std::size_t i = 0; i <= size && i < sizeof taken; ++i) taken[i] = name[i];
    return result;
}

Relay* idle_relay(const Relay* other = nullptr) {
    for (Relay& relay : relays)
        if (relay.idle() && &relay != other) return &relay;
    return nullptr;
}

Failure start_command(std::uint32_t id, const Command& command, Descriptors& host) {
    const Leftovers leftovers = command.exec.leftovers;
    if (find_command(id) != nullptr || only_command() != nullptr ||
        (leftovers == Leftovers::EndAll && running > 0))
        return {Step::Read, EBUSY};
    Running* const slot = idle_command();
    if (slot == nullptr) return {Step::Fork, EAGAIN};
    const bool merged = command.exec.merged != 0;
    Relay* const output = idle_relay();
    Relay* const errors = merged ? nullptr : idle_relay(output);
    if (output == nullptr || (!merged && errors == nullptr)) return {Step::Streams, EAGAIN};
    if (const long result = take_hostname(command.hostname); result < 0)
        return failed(Step::Hostname, result);
    const Identity user{command.exec.uid, command.exec.gid};
    if (self.is(user)) return {Step::Drop, EPERM};
    if (const long result = stock.fill(self, user); result < 0)
        return failed(Step::Streams, result);
    Pipe pipes[2];
    pipes[0] = stock.take();
    if (!merged) pipes[1] = stock.take();
    stock.drop(); // a command could write into what another one's output will come through
    start = {{host.files[0], pipes[0].write, pipes[merged ? 0 : 1].write}, user, &command, {}};
    const long process = launch(leftovers);
    const bool started = start.failure.step == Step::None;
    if (started) {
        *slot = {process, id, leftovers, {}};
        ++running;
        tell(Kind::Started, id);
    }
    for (int i = 0; i < 2; ++i) {
        close(pipes[i].write);
        if (!started) close(pipes[i].read);
    }
    if (!started) return start.failure;
    output->start(pipes[0].read, host.files[1]);
    host.files[1] = -1;
    if (merged) return {};
    errors->start(pipes[1].read, host.files[2]);
    host.files[2] = -1;
    return {};
}

void take_exec(const Head& head, Descriptors& host) {
    const auto size = static_cast<std::size_t>(head.bytes); // checked
    const bool small = size <= sizeof small_text;
    Memory memory{small ? 0 : size};
    char* const text = small ? small_text : memory.at();
    if (text == nullptr) refuse(ENOMEM, head.id);
    read_all(text, size);
    const auto count = static_cast<std::size_t>(strings_of(text)) + 2;
    const bool few = count <= sizeof few_strings / sizeof *few_strings;
    Memory pointers{few ? 0 : count * sizeof(char*)};
    char** const strings = few ? few_strings : reinterpret_cast<char**>(pointers.at());
    if (strings == nullptr) refuse(ENOMEM, head.id);
    Command command;
    if (const int error = read_exec(text, size, strings, count, command)) refuse(error, head.id);
    const Failure failure = start_command(head.id, command, host);
    host.close_all();
    // There may be secrets among the variables.
    for (std::size_t i = 0; small && i < size; ++i) *static_cast<volatile char*>(text + i) = 0;
    if (failure.step != Step::None) tell(failure, head.id);
}

// --- Put ----------------------------------------------------------------------------------------

// The body of a Put, read through a buffer.
class Body {
public:
    explicit Body(std::uint64_t bytes) : unread_{bytes} {
        if (buffer_.at() == nullptr) end(1);
    }

    [[nodiscard]] std::uint64_t left() const { return unread_ + (end_ - begin_); }

    // Of what is left. At most `most` bytes, at least one; they stay until the next call.
    const char* some(std::uint64_t most, std::size_t& count) {
        if (begin_ == end_) {
            const std::size_t part = unread_ < size ? unread_ : size;
            long got = 0;
            do got = call(__NR_read, control, buffer_.at(), part);
            while (got == -EINTR);
            if (got <= 0) end(0);
            begin_ = 0;
            end_ = static_cast<std::size_t>(got);
            unread_ -= end_;
        }
        count = end_ - begin_ < most ? end_ - begin_ : static_cast<std::size_t>(most);
        const char* const at = buffer_.at() + begin_;
        begin_ += count;
        return at;
    }

    // False: it ends before.
    bool copy(void* to, std::size_t count) {
        if (left() < count) return false;
        auto* target = static_cast<char*>(to);
        while (count > 0) {
            std::size_t part = 0;
            const char* const from = some(count, part);
            for (std::size_t i = 0; i < part; ++i) target[i] = from[i];
            target += part;
            count -= part;
        }
        return true;
    }

    void skip() {
        for (std::size_t count = 0; left() > 0;) some(left(), count);
    }

private:
    static constexpr std::size_t size = std::size_t{256} << 10;

    Memory buffer_{size};
    std::uint64_t unread_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

long write_content(int file, Body& body, std::uint64_t bytes) {
    while (bytes > 0) {
        std::size_t count = 0;
        const char* at = body.some(bytes, count);
        bytes -= count;
        while (count > 0) {
            const long put = call(__NR_write, file, at, count);
            if (put == -EINTR) continue;
            if (put < 0) return put;
            at += put;
            count -= static_cast<std::size_t>(put);
        }
    }
    return 0;
}

// Until something is told of it, more can be stored in it, by the agent alone. The umask is
// inherited, and may be any.
long make_directory(int parent, const char* path) {
    const long result = call(__NR_mkdirat, parent, path, 0700);
    return result >= 0 ? call(__NR_fchmodat, parent, path, 0755) : result;
}

// Nobody but the agent writes to this directory, so that there are no links in it, and a path leads
// where it says.
long make_parents(int directory, char* path) {
    for (char* at = path; *at != '\0'; ++at) {
        if (at[0] != '/' || at[1] == '\0') continue;
        *at = '\0';
        const long result = make_directory(directory, path);
        *at = '/';
        if (result < 0 && result != -EEXIST) return result;
    }
    return 0;
}

// That it is no file is seen by the slash at its end.
long store_directory(int parent, char* path, std::uint32_t mode) {
    long result = make_directory(parent, path);
    if (result == -ENOENT) {
        result = make_parents(parent, path);
        if (result >= 0) result = make_directory(parent, path);
    }
    if (result < 0 && result != -EEXIST) return result;
    return call(__NR_fchmodat, parent, path, mode);
}

long store_file(int directory, char* path, const File& file, Body& body) {
    const auto create = [&] {
        constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        return call(__NR_openat, directory, path, flags, 0600);
    };
    long result = create();
    if (result == -ENOENT) {
        result = make_parents(directory, path);
        if (result >= 0) result = create();
    }
    if (result < 0) return result;
    int made = static_cast<int>(result);
    result = write_content(made, body, file.bytes);
    if (result >= 0) result = call(__NR_fchmod, made, file.mode);
    close(made);
    if (result < 0) call(__NR_unlinkat, directory, path, 0);
    return result;
}

Failure store_next(int directory, bool secret, Body& body) {
    static_assert(sizeof small_text >= max_path_bytes);
    char* const path = small_text; // whose pages are there
    File file;
    if (!body.copy(&file, sizeof file)) return {Step::Read, EPROTO};
    if (const int error = check(file, body.left())) return {Step::Read, error};
    const std::size_t size = file.path_bytes;
    body.copy(path, size);
    if (const int error = secret ? check_name(path, size) : check_path(path, size))
        return {Step::Read, error};
    const bool is_a_directory = is_directory(path, size);
    if (is_a_directory && file.bytes > 0) return {Step::Read, EPROTO};
    const long result = is_a_directory ? store_directory(directory, path, file.mode)
                                       : store_file(directory, path, file, body);
    return result < 0 ? failed(Step::Store, result) : Failure{};
}

Failure store(const Put& put, Body& body) {
    const bool secret = put.directory == Directory::Secrets;
    const char* const place = secret ? secrets_directory : inputs_directory;
    int directory = static_cast<int>(
        call(__NR_openat, AT_FDCWD, place, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    );
    if (directory < 0) return failed(Step::Store, directory);
    Failure failure;
    for (std::uint32_t i = 0; i < put.files && failure.step == Step::None; ++i)
        failure = store_next(directory, secret, body);
    if (failure.step == Step::None && body.left() > 0) failure = {Step::Read, EPROTO};
    if (failure.step == Step::None && secret) {
        const long result = call(__NR_fchmodat, directory, ".", 0500);
        if (result < 0) failure = failed(Step::Store, result);
    }
    close(directory);
    return failure;
}

void take_put(const Head& head) {
    Body body{head.bytes};
    Put put;
    body.copy(&put, sizeof put); // checked
    if (const int error = check(put)) refuse(error, head.id);
    Failure failure;
    if (put.directory == Directory::Secrets) {
        const long result = self.acting_as({put.uid, put.gid}, [&] {
            failure = store(put, body);
            return 0L;
        });
        if (result < 0) failure = failed(Step::Store, result);
    } else {
        failure = store(put, body);
    }
    // A path that isn't one, or a full directory, is no reason to end: the rest is passed over.
    if (failure.error == EPROTO) refuse(failure.error, head.id);
    body.skip();
    if (failure.step != Step::None) return tell(failure, head.id);
    tell(Kind::Stored, head.id);
}

// --- Signal -------------------------------------------------------------------------------------

void take_signal(const Head& head) {
    Signal signal;
    read_all(&signal, sizeof signal);
    if (const int error = check(signal)) refuse(error, head.id);
    const Running* const command = find_command(head.id);
    if (command == nullptr) return;
    // What may outlive its first process is ended by the group: that process is the first of a
    // session, see become_command.
    const bool group = signal.number == sigkill && command->leftovers == Leftovers::Keep;
    call(__NR_kill, group ? -command->process : command->process, signal.number);
}

// --- Its life -----------------------------------------------------------------------------------

void take_request() {
    Head head;
    Descriptors descriptors;
    if (!read_head(head, descriptors)) refuse(EPROTO, head.id);
    if (const int error = check(head)) refuse(error, head.id);
    if (descriptors.count != (head.verb == Verb::Exec ? 3 : 0)) refuse(EPROTO, head.id);
    switch (head.verb) {
    case Verb::Put: return take_put(head);
    case Verb::Exec: return take_exec(head, descriptors);
    case Verb::Signal: return take_signal(head);
    }
}

void tell_end(Running& command, int status) {
    Tell told;
    told.kind = Kind::Ended;
    told.id = command.id;
    told.status = status;
    told.user_micros = command.usage.user_micros;
    told.system_micros = command.usage.system_micros;
    told.peak_kib = command.usage.peak_kib;
    command = {};
    --running;
    tell(told);
}

void pass_output_on() {
    for (Relay& relay : relays)
        if (!relay.idle()) relay.go_on(POLLIN);
}

// True: there may be more. What ends all the time must not keep the agent from the rest.
bool reap_children() {
    constexpr int at_once = 64;
    for (int i = 0; i < at_once; ++i) {
        int status = 0;
        rusage used{};
        const long reaped = reap(-1, WNOHANG, status, used);
        if (reaped > 0) {
            Running* const command = find_command(reaped);
            Running* const user = command != nullptr ? command : only_command();
            if (user != nullptr) user->usage.add(used);
            if (command != nullptr) {
                // What goes on has its streams still, and no end of theirs tells that all is there.
                if (command->leftovers == Leftovers::Keep) pass_output_on();
                const bool alone = command->leftovers == Leftovers::EndAll;
                if (alone) end_the_rest(command->usage);
                tell_end(*command, status);
                if (alone) {
                    drain_signals(); // now that there is no child that they could be of
                    return false;
                }
            }
        }
        // Only a child that ends after this is told of again.
        if (i == 0)
            drain_signals();
        else if (reaped <= 0)
            return false;
    }
    return true;
}

// Nothing but a request can come.
bool is_idle() {
    for (const Relay& relay : relays)
        if (!relay.idle()) return false;
    return running == 0;
}

[[noreturn]] void serve(Identity user) {
    bool more_children = false;
    for (;;) {
        if (running == 0) stock.fill(self, user);
        if (is_idle() && !more_children) {
            take_request();
            continue;
        }
        pollfd files[2 + most_relays]{{control, POLLIN, 0}, {signals, POLLIN, 0}};
        Relay* polled[most_relays];
        unsigned count = 0;
        for (Relay& relay : relays) {
            if (relay.idle()) continue;
            polled[count] = &relay;
            files[2 + count++] = relay.waits_for();
        }
        const __kernel_timespec now{0, 0};
        const auto* const until = more_children ? &now : nullptr;
        if (call(__NR_ppoll, files, 2 + count, until, nullptr, 0) < 0) continue;
        if (files[1].revents != 0 || more_children) more_children = reap_children();
        for (unsigned i = 0; i < count; ++i)
            if (files[2 + i].revents != 0) polled[i]->go_on(files[2 + i].revents);
        if (files[0].revents != 0) take_request();
    }
}

Identity identity_of(char* const* arguments) {
    const auto number = [](const char* digits) {
        std::uint32_t value = 0;
        for (; *digits >= '0' && *digits <= '9'; ++digits)
            value = value * 10 + static_cast<std::uint32_t>(*digits - '0');
        return value;
    };
    return {number(arguments[0]), number(arguments[1])};
}

// Everything is blocked in the agent, and what it inherited is not passed on to commands.
bool settle_signals(const Inheritance& inherited) {
    const std::uint64_t ignored = inherited.set("SigIgn", 0);
    for (int signal = 1; signal <= 64; ++signal) {
        if ((ignored >> (signal - 1) & 1) == 0) continue;
        constexpr std::uint64_t by_default[4]{};
        call(__NR_rt_sigaction, signal, by_default, nullptr, sizeof every_signal);
    }
    call(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, &every_signal, nullptr, sizeof every_signal);
    constexpr std::uint64_t children = std::uint64_t{1} << (sigchld - 1);
    signals = static_cast<int>(
        call(__NR_signalfd4, -1, &children, sizeof children, O_CLOEXEC | O_NONBLOCK)
    );
    // Otherwise a stream is missing, whose number a descriptor of a command would get.
    return signals > 2;
}

} // namespace

extern "C" [[noreturn]] void cellos_agent(char** stack) {
    // As the kernel leaves it: the count, the arguments, a null, the variables, a null.
    const long count = *reinterpret_cast<long*>(stack);
    char** const arguments = stack + 1;
    char** const variables = arguments + count + 1;
    // Elsewhere there is nothing for it to do, and what it ends would be everything.
    if (count < 3 || call(__NR_getpid) != 1) end(2);
    const Identity user = identity_of(arguments + 1);
    constexpr unsigned beyond = ~0U; // nothing that was left open reaches a command
    call(__NR_close_range, 3, beyond, 0);
    call(__NR_chdir, "/");
    const Inheritance inherited;
    if (!settle_signals(inherited) || self.settle(user, inherited) < 0) end(2);
    const int prepared = count > 3 ? prepare(user, arguments + 3, variables) : 0;
    stock.fill(self, user);
    touch_first_pages();
    tell(Kind::Ready, 0, prepared);
    serve(user);
}
