// Whatever a sandbox sends, in whatever pieces, and however it reads: the supervising process takes
// nothing but Tells that an agent can have sent, as they were sent and in their order; no
// descriptor; and nothing after the first byte that is wrong.
#include "fuzz/require.hpp"
#include "support/agent_end.hpp"

#include <cellos/host/sandbox/agent/channel.hpp>
#include <cellos/host/sandbox/agent/request.hpp>
#include <cellos/host/sandbox/agent/tell.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace cellos::sandbox::agent;
using cellos::CellosError;
using cellos::os::Descriptor;
using cellos_fuzz::require;

namespace {

// Told in another way than tell.ipp does.
bool can_be_an_agents(const Tell& tell) {
    const auto status = static_cast<std::uint32_t>(tell.status);
    const bool exited = (status & 0xFF) == 0 && status <= 0xFF00;
    const bool killed = (status & ~0x80U) >= 1 && (status & ~0x80U) <= 64;
    const bool has_usage = (tell.user_micros | tell.system_micros | tell.peak_kib) != 0;
    if (tell.magic != magic || tell.reserved != 0) return false;
    if (tell.kind == Kind::Failed) {
        const auto step = static_cast<std::uint32_t>(tell.step);
        return !has_usage && step >= 1 && step <= 10 && status >= 1 && status <= 4095;
    }
    if (tell.step != Step::None) return false;
    if (tell.kind == Kind::Ended) {
        return (exited || killed) && std::max(tell.user_micros, tell.system_micros) >> 52 == 0 &&
               tell.peak_kib >> 52 == 0;
    }
    if (has_usage) return false;
    if (tell.kind == Kind::Ready) return exited || killed || tell.status == -1;
    return (tell.kind == Kind::Stored || tell.kind == Kind::Started) && status == 0;
}

void check_meaning(const Tell& tell) {
    if (tell.kind == Kind::Ended) {
        const auto end = exit_status_of(tell);
        require(end.code.has_value() != end.signal.has_value(), "an exit code or a signal");
        require(end.code.value_or(0) >= 0 && end.code.value_or(0) <= 255, "a code that there is");
        require(
            end.signal.value_or(1) >= 1 && end.signal.value_or(1) <= 64, "a signal that there is"
        );
    }
    if (tell.kind == Kind::Failed) {
        const auto error = error_of(tell, "program", "/directory");
        require(!error.message.empty(), "a failure has a reason");
        require(error.message.size() < 200, "a reason is short");
    }
}

/// A host and its sandbox, which does what a script says.
class Conversation {
public:
    Conversation() {
        const std::vector<std::string> argv{"true"};
        std::array<Descriptor, 3> streams;
        for (Descriptor& stream : streams) stream = Descriptor{::fcntl(null(), F_DUPFD_CLOEXEC, 3)};
        talk_.host.send(cellos_tests::put_inputs(0, inputs()).value());
        talk_.host.send(exec_request(1, {.argv = argv}, std::move(streams)).value());
    }

    /// Each step is a byte that says what to do, and one that says how much of it.
    void play(std::string_view script) {
        while (script.size() >= 2) {
            const auto what = static_cast<unsigned char>(script[0]) % 8;
            const auto amount = static_cast<unsigned char>(script[1]);
            script.remove_prefix(2);
            const std::string_view part = script.substr(0, amount);
            switch (what) {
            case 0: say(part, true); break;
            case 1: talk_.agent.receive(std::size_t{amount} << 8); break;
            case 2: talk_.agent.close(); break;
            case 3: ::shutdown(talk_.agent.socket(), amount % 3); break;
            case 4: listen(); break;
            default: say(part, false);
            }
            if (what == 0 || what > 4) script.remove_prefix(part.size());
            if (amount % 2 == 0) listen();
        }
        // Each time it takes a message, a Tell of several, or the end.
        for (std::size_t left = times_ + said_.size() / sizeof(Tell) + 2; left > 0; --left)
            listen();
        require(has_ended_ || said_.size() - taken_ < sizeof(Tell), "all that was said is heard");
    }

private:
    static int null() {
        static const int descriptor = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        return descriptor;
    }

    // More than a socket has room for.
    static const std::vector<cellos::InputFile>& inputs() {
        static const std::vector<cellos::InputFile> all{
            {.name = "large", .source = std::string(std::size_t{300} << 10, 'x')}};
        return all;
    }

    void say(std::string_view bytes, bool with_descriptors) {
        if (bytes.empty()) return;
        const std::array<int, 2> passed{null(), null()};
        const bool said =
            with_descriptors ? talk_.agent.say(bytes, passed) : talk_.agent.say(bytes);
        if (!said) return;
        said_ += bytes;
        ++times_;
    }

    void listen() {
        auto tell = talk_.host.pump();
        const std::string_view next = std::string_view{said_}.substr(taken_);
        if (!tell) {
            require(tell.error().kind == CellosError::Kind::SandboxFailed, "the sandbox's failure");
            require(talk_.host.waited().fd == -1, "and nothing more to wait for");
            has_ended_ = true;
            return;
        }
        require(!has_ended_, "after the end nothing comes");
        if (!*tell) return;
        require(next.size() >= sizeof(Tell), "no more is taken than was said");
        require(
            cellos_tests::AgentEnd::bytes_of(**tell) == next.substr(0, sizeof(Tell)),
            "as it was said"
        );
        require(can_be_an_agents(**tell), "what an agent can have said");
        check_meaning(**tell);
        taken_ += sizeof(Tell);
    }

    cellos_tests::Talk talk_;
    std::string said_{};
    std::size_t times_ = 0; ///< that it said something
    std::size_t taken_ = 0;
    bool has_ended_ = false;
};

// The least number that is free: whatever is left open raises it.
int next_descriptor() {
    return Descriptor{::fcntl(0, F_DUPFD_CLOEXEC, 3)}.get();
}

void check_parsing(std::string_view bytes) {
    for (; bytes.size() >= sizeof(Tell); bytes.remove_prefix(sizeof(Tell))) {
        std::array<std::byte, sizeof(Tell)> one{};
        std::memcpy(one.data(), bytes.data(), one.size());
        Tell tell;
        std::memcpy(static_cast<void*>(&tell), one.data(), one.size());
        require(
            parse_tell(one).has_value() == can_be_an_agents(tell), "exactly what an agent can say"
        );
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view script{reinterpret_cast<const char*>(data), size};
    check_parsing(script);
    static const int before = [] {
        Conversation{}.play({}); // opens what stays open
        return next_descriptor();
    }();
    Conversation{}.play(script);
    require(next_descriptor() == before, "nothing stays open, and no descriptor is taken");
    return 0;
}
