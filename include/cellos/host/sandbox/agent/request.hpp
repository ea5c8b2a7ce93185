#pragma once

#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/host/sandbox/agent/wire.hpp>
#include <cellos/host/sandbox/config.hpp>
#include <cellos/os/descriptor.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <variant>

/// @file
/// What the agent is asked for, as it goes through the channel
/// (<cellos/host/sandbox/agent/wire.hpp>).

namespace cellos::inline CELLOS_ABI::sandbox::agent {

/// One message to the agent. What it does not own must outlive it: values of secrets are read where
/// the context keeps them, and copied nowhere but into the socket. Move-only; for one thread.
class Request {
public:
    /// A part of a file, from its position on. A file that turns out shorter is filled up with
    /// NULs: the agent was promised so many bytes.
    struct FilePart {
        os::Descriptor file;
        std::uint64_t bytes = 0;
    };
    using Piece = std::variant<std::string_view, FilePart>;

    CELLOS_DECL Request(Verb verb, std::uint32_t id);

    CELLOS_DECL void add(std::string_view bytes_of_others);
    CELLOS_DECL void add_owned(std::string bytes);
    CELLOS_DECL void add(FilePart part);

    /// To be called once, when the body is complete: the head, and then what was added.
    [[nodiscard]] std::deque<Piece> take_pieces();

    /// Goes with the head.
    std::array<os::Descriptor, 3> descriptors{};

    /// What is to follow of a Put, as often as put_request() was told: a file, or a directory,
    /// whose path has a slash at its end. Its `bytes` are to be added then.
    CELLOS_DECL void add_file(std::string_view path, std::uint64_t bytes, std::uint32_t mode);

private:
    Head head_{};
    std::deque<std::string> owned_{}; // whose elements stay where they are when it is moved
    std::deque<Piece> pieces_{};

    friend class Channel;
};

/// What an Exec says of the command.
struct ExecOptions {
    CellUser user{};
    std::string_view hostname{};
    std::string_view working_directory{};
    std::span<const std::string> argv{};
    std::span<const std::string> environment{}; ///< `NAME=value`
    /// Further variables; their values are never copied.
    std::span<const ResolvedSecret> secrets{};
    std::span<const Limit> limits{};
    bool merges_outputs = false; ///< stdout and stderr are one stream
    Leftovers leftovers = Leftovers::EndAll;
};

/// Stores so many files and directories, which are to be added; `user` may read secrets.
[[nodiscard]] CELLOS_DECL Request
put_request(std::uint32_t id, Directory directory, std::size_t files, CellUser user);

/// Stores one file for each secret, which only `user` can read.
[[nodiscard]] CELLOS_DECL Request
put_secrets(std::uint32_t id, std::span<const ResolvedSecret> secrets, CellUser user);

/// Starts a command, whose streams are `descriptors`: its stdin, its stdout and its stderr.
/// ArgvTooLarge: one request has no room for so much. SecretBroker: a secret holds a NUL and
/// cannot be a variable.
[[nodiscard]] CELLOS_DECL Result<Request> exec_request(
    std::uint32_t id, const ExecOptions& options, std::array<os::Descriptor, 3> descriptors
);

/// A signal for the first process of a command.
[[nodiscard]] CELLOS_DECL Request signal_request(std::uint32_t id, int signal);

} // namespace cellos::inline CELLOS_ABI::sandbox::agent

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/agent/request.ipp>
#endif
