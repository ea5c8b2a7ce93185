/// @file
/// The output of commands: pipes inside the sandbox, passed on to the host's descriptors; for the
/// agent alone. A command has no descriptor of the host's for output: a pipe of the sandbox takes
/// each write whole, can be opened again as /dev/stdout, and ends with SIGPIPE.
#pragma once

#include <cellos/host/sandbox/agent/identity.hpp>

#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/poll.h>

namespace cellos::inline CELLOS_ABI::sandbox::agent {

struct Pipe {
    int read = -1;
    int write = -1;
};

/// Pipes of a user, who may open them again. Made ahead, since that takes a dozen system calls.
class PipeStock {
public:
    static constexpr int most = 2;

    long fill(Self& self, Identity user) {
        if (count_ == most && user_ == user) return 0;
        if (user_ != user) drop();
        user_ = user;
        return self.acting_as(user, [&] {
            while (count_ < most) {
                Pipe& made = pipes_[count_];
                int ends[2];
                const long result = call(__NR_pipe2, ends, O_CLOEXEC);
                if (result < 0) return result;
                made = {ends[0], ends[1]};
                constexpr long bytes = 1 << 20; // where that isn't allowed, what it is
                call(__NR_fcntl, made.write, F_SETPIPE_SZ, bytes);
                ++count_;
            }
            return 0L;
        });
    }

    /// After fill.
    Pipe take() { return pipes_[--count_]; }

    void drop() {
        for (; count_ > 0; --count_) {
            close(pipes_[count_ - 1].read);
            close(pipes_[count_ - 1].write);
        }
    }

private:
    Pipe pipes_[most]{};
    int count_ = 0;
    Identity user_{};
};

/// One stream on its way out. It never blocks, and nothing of it passes through the agent's memory:
/// what the reader does not take yet stays in the pipe.
class Relay {
public:
    [[nodiscard]] bool idle() const { return from_ < 0; }

    /// Owns both descriptors from now on.
    void start(int from, int to) {
        from_ = from;
        to_ = to;
        reader_is_slow_ = false;
    }

    [[nodiscard]] pollfd waits_for() const {
        return reader_is_slow_ ? pollfd{to_, POLLOUT, 0} : pollfd{from_, POLLIN, 0};
    }

    /// After poll has said `events` of waits_for().
    void go_on(short events) {
        // No writer is left, and nothing of theirs.
        if (!reader_is_slow_ && (events & POLLIN) == 0) return stop();
        // Where much came, there is mostly more, which poll needn't be asked for; but others wait.
        constexpr int at_once = 8;
        constexpr long much = 32 << 10;
        constexpr unsigned splice_nonblock = 2; // of <fcntl.h>
        constexpr std::size_t most = std::size_t{1} << 20;
        for (int i = 0; i < at_once; ++i) {
            const long moved =
                call(__NR_splice, from_, nullptr, to_, nullptr, most, splice_nonblock);
            if (moved == -EINTR) continue;
            // Which of the two would block is not told, and gVisor may tell it as the end.
            if (moved == -EAGAIN || moved == 0) {
                // There is something to read if that was waited for.
                reader_is_slow_ = i == 0 && !reader_is_slow_;
                return;
            }
            // The host has closed its end: who writes on gets SIGPIPE.
            if (moved < 0) return stop();
            reader_is_slow_ = false;
            if (moved < much) return;
        }
    }

private:
    void stop() {
        close(from_);
        close(to_);
    }

    int from_ = -1;
    int to_ = -1;
    bool reader_is_slow_ = false;
};

} // namespace cellos::inline CELLOS_ABI::sandbox::agent
