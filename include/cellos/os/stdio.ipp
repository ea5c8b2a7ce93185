#pragma once

#include <cellos/os/stdio.hpp>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

namespace detail {

[[nodiscard]] inline Descriptors descriptors_of(const Stdio& stdio) noexcept {
    if (std::holds_alternative<Inherit>(stdio)) return {0, 1, 2};
    const auto* given = std::get_if<Descriptors>(&stdio);
    return given ? *given : Descriptors{};
}

[[nodiscard]] inline bool keeps_an_offset(int fd) noexcept {
    struct stat info {};
    return fd >= 0 && ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
           (::fcntl(fd, F_GETFL) & O_APPEND) == 0;
}

[[nodiscard]] inline Result<Descriptor> stdin_file(std::string_view text) {
    auto file = make_memory_file("cellos-stdin");
    if (!file) return file;
    if (auto written = write_all(file->get(), text); !written) return failure_of(written);
    // A second open: its own offset, at the start, and no right to write.
    return open_at(AT_FDCWD, ("/proc/self/fd/" + std::to_string(file->get())).c_str(), O_RDONLY);
}

// Whether both are one open file, as after `2>&1`, or cannot be told from it: then what is written
// to one comes after what was written to the other.
[[nodiscard]] inline bool is_one_file(int first, int second) noexcept {
    if (first == second) return true;
    struct stat info {};
    struct stat other {};
    if (first < 0 || second < 0 || ::fstat(first, &info) == -1 || ::fstat(second, &other) == -1)
        return false;
    return info.st_dev == other.st_dev && info.st_ino == other.st_ino &&
           ::fcntl(first, F_GETFL) == ::fcntl(second, F_GETFL) &&
           ::lseek(first, 0, SEEK_CUR) == ::lseek(second, 0, SEEK_CUR);
}

// Its end is the end of the output: no fork of this program may hold it back.
[[nodiscard]] inline Result<UnforkedPipe> make_output_pipe() {
    auto pipe = make_unforked_pipe();
    // A user without rights has only so much memory for all pipes: then it holds less.
    if (pipe) ::fcntl(pipe->read_end.get(), F_SETPIPE_SZ, 1 << 20);
    return pipe;
}

} // namespace detail

CELLOS_DECL Result<StdioBridge> StdioBridge::open(
    const Stdio& stdio, CapturedOutput& captured, Relay relay, std::uint64_t limit_bytes
) {
    StdioBridge bridge{captured, limit_bytes};
    const auto* capture = std::get_if<Capture>(&stdio);
    auto opened =
        capture ? bridge.capture(*capture) : bridge.pass(detail::descriptors_of(stdio), relay);
    if (!opened) return failure_of(opened);
    return bridge;
}

CELLOS_DECL Result<StdioBridge> StdioBridge::piped(
    const Stdio& stdio, CapturedOutput& captured, std::uint64_t limit_bytes
) {
    const auto* capture = std::get_if<Capture>(&stdio);
    const Descriptors given = capture ? Descriptors{} : detail::descriptors_of(stdio);
    const bool merge =
        capture ? capture->merge : detail::is_one_file(given.stdout_fd, given.stderr_fd);
    auto input = make_unforked_pipe();
    if (!input) return failure_of(input);
    auto output = detail::make_output_pipe();
    if (!output) return failure_of(output);
    auto errors = merge ? Result<UnforkedPipe>{} : detail::make_output_pipe();
    if (!errors) return failure_of(errors);
    // Whoever the child is, it may open /dev/stdin once more.
    if (::fchmod(input->read_end.get(), 0444) == -1) return failure("cannot prepare a pipe");
    auto feed = InputFeed::open(
        std::move(input->write_end),
        capture ? std::string_view{capture->stdin_text} : std::string_view{},
        given.stdin_fd
    );
    if (!feed) return failure_of(feed);
    StdioBridge bridge{captured, limit_bytes};
    bridge.input_ = std::move(*feed);
    auto taken = bridge.take(0, std::move(output->read_end), capture, given.stdout_fd);
    if (taken && !merge)
        taken = bridge.take(1, std::move(errors->read_end), capture, given.stderr_fd);
    if (!taken) return failure_of(taken);
    bridge.give_input(std::move(input->read_end));
    bridge.give_output(0, std::move(output->write_end));
    if (merge) {
        bridge.child_ends_[2] = bridge.child_ends_[1];
    } else {
        bridge.give_output(1, std::move(errors->write_end));
    }
    return bridge;
}

CELLOS_DECL std::array<pollfd, StdioBridge::ways> StdioBridge::waited() const noexcept {
    return {streams_[0].waited(), streams_[1].waited(), input_.waited()};
}

CELLOS_DECL void StdioBridge::pump(std::size_t number) {
    if (number < streams_.size()) {
        streams_[number].pump(budget_, captured_->truncated);
    } else {
        input_.pump();
    }
}

CELLOS_DECL void StdioBridge::drain(Clock::time_point deadline) {
    for (OutputStream& stream : streams_) stream.drain(budget_, captured_->truncated, deadline);
}

CELLOS_DECL std::optional<CellosError> StdioBridge::delivery_error() const {
    for (std::size_t number : {0U, 1U}) {
        const int error = streams_[number].delivery_error();
        if (error == 0) continue;
        std::string what = number == 0 ? "cannot deliver stdout" : "cannot deliver stderr";
        if (error != ETIMEDOUT) return failure(what, error).value();
        return CellosError{CellosError::Kind::Host, what + ": its reader took too long"};
    }
    return std::nullopt;
}

inline StdioBridge::StdioBridge(CapturedOutput& captured, std::uint64_t limit_bytes) noexcept
    : captured_{&captured}, budget_{.left = limit_bytes} {}

inline Result<void> StdioBridge::capture(const Capture& capture) {
    if (!capture.stdin_text.empty()) {
        auto input = detail::stdin_file(capture.stdin_text);
        if (!input) return failure_of(input);
        give_input(std::move(*input));
    }
    if (auto opened = open_stream(0, &capture, -1); !opened) return opened;
    if (!capture.merge) return open_stream(1, &capture, -1);
    child_ends_[2] = child_ends_[1];
    return {};
}

inline Result<void> StdioBridge::pass(const Descriptors& given, Relay relay) {
    child_ends_ = {given.stdin_fd, given.stdout_fd, given.stderr_fd};
    for (std::size_t number : {0U, 1U}) {
        const int fd = child_ends_[number + 1];
        if (relay == Relay::None || (relay == Relay::Files && !detail::keeps_an_offset(fd)))
            continue;
        if (auto opened = open_stream(number, nullptr, fd); !opened) return opened;
    }
    return {};
}

inline Result<void> StdioBridge::open_stream(
    std::size_t number, const Capture* capture, int target
) {
    auto pipe = detail::make_output_pipe();
    if (!pipe) return failure_of(pipe);
    give_output(number, std::move(pipe->write_end));
    return take(number, std::move(pipe->read_end), capture, target);
}

inline Result<void> StdioBridge::take(
    std::size_t number, Descriptor pipe, const Capture* capture, int target
) {
    std::string* text = nullptr;
    if (capture) {
        text = number == 0 || capture->merge ? &captured_->stdout_text : &captured_->stderr_text;
    }
    auto stream = text ? OutputStream::to_text(std::move(pipe), *text, capture->limit_bytes)
                       : OutputStream::to_descriptor(std::move(pipe), target);
    if (!stream) return failure_of(stream);
    streams_[number] = std::move(*stream);
    return {};
}

inline void StdioBridge::give_input(Descriptor end) noexcept {
    child_ends_[0] = end.get();
    input_end_ = std::move(end);
}

inline void StdioBridge::give_output(std::size_t number, UnforkedDescriptor end) noexcept {
    child_ends_[number + 1] = end.get();
    output_ends_[number] = std::move(end);
}

} // namespace cellos::inline CELLOS_ABI::os
