/// @file
/// The output of commands: pipes inside the sandbox, passed on to the host's descriptors; for the
/// agent alone. A command has no descriptor of the host's for output: a pipe of the sandbox takes
/// each write whole, can be opened again as /dev/stdout, and ends with SIGPIPE.
#pragma once

#include <cellos/host/sandbox/agent/identity.hpp>
#include <cellos/host/sandbox/agent/memory.hpp>

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

/// Memory for what is on its way. A relay has some only while it has bytes that its reader does not
/// take yet: there may be many relays, and a cell pays for their memory.
class BufferStock {
public:
    static constexpr std::size_t bytes = std::size_t{256} << 10;

    char* take() {
        if (count_ > 0) return buffers_[--count_];
        char* const made = map_memory(bytes);
        if (made == nullptr) end(1);
        return made;
    }

    void give_back(char* buffer) {
        if (count_ < most)
            buffers_[count_++] = buffer;
        else
            call(__NR_munmap, buffer, bytes);
    }

private:
    static constexpr int most = 4;

    char* buffers_[most]{};
    int count_ = 0;
};

/// One stream on its way out. It never blocks.
class Relay {
public:
    [[nodiscard]] bool idle() const { return from_ < 0; }

    /// Owns both descriptors from now on; the stock stays the caller's.
    void start(int from, int to, BufferStock& stock) {
        stock_ = &stock;
        from_ = from;
        to_ = to;
        begin_ = end_ = 0;
        reading_blocks_ = writing_blocks_ = true;
    }

    [[nodiscard]] pollfd waits_for() const {
        return begin_ < end_ ? pollfd{to_, POLLOUT, 0} : pollfd{from_, POLLIN, 0};
    }

    /// After poll has said `events` of waits_for().
    void go_on(short events) {
        // No writer is left, and nothing of theirs.
        if (begin_ == end_ && (events & POLLIN) == 0) return stop();
        // Where much came, there is mostly more, which poll needn't be asked for; but others wait.
        constexpr int at_once = 8;
        constexpr std::size_t much = std::size_t{32} << 10;
        for (int i = 0; i < at_once; ++i) {
            if (begin_ == end_ && !take()) return;
            const std::size_t size = end_;
            if (!give()) return;
            if (size < much) break;
            if (reading_blocks_) call(__NR_fcntl, from_, F_SETFL, O_NONBLOCK);
            reading_blocks_ = false;
        }
        release();
    }

private:
    // False: there is nothing at the moment, or never again.
    bool take() {
        if (buffer_ == nullptr) buffer_ = stock_->take();
        const long got = call(__NR_read, from_, buffer_, BufferStock::bytes);
        if (got == -EINTR || got == -EAGAIN) return release(), false;
        if (got <= 0) return stop(), false;
        begin_ = 0;
        end_ = static_cast<std::size_t>(got);
        return true;
    }

    // False: some of it is left, or nobody wants it.
    bool give() {
        if (writing_blocks_) call(__NR_fcntl, to_, F_SETFL, O_NONBLOCK);
        writing_blocks_ = false;
        const long put = call(__NR_write, to_, buffer_ + begin_, end_ - begin_);
        if (put == -EINTR || put == -EAGAIN) return false;
        // The host has closed its end: whoever writes to the pipe gets SIGPIPE.
        if (put < 0) return stop(), false;
        begin_ += static_cast<std::size_t>(put);
        return begin_ == end_;
    }

    void stop() {
        close(from_);
        close(to_);
        begin_ = end_ = 0;
        release();
    }

    void release() {
        if (buffer_ != nullptr) stock_->give_back(buffer_);
        buffer_ = nullptr;
    }

    BufferStock* stock_ = nullptr;
    int from_ = -1;
    int to_ = -1;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    char* buffer_ = nullptr;
    bool reading_blocks_ = true;
    bool writing_blocks_ = true;
};

} // namespace cellos::inline CELLOS_ABI::sandbox::agent
