/// @file
/// What the supervising process and the agent say to each other. The agent is the first process of
/// every sandbox: it starts commands as the cell's user and tells how they end.
///
/// They talk over a stream socket, which is the agent's stdin. Both run on one machine and are
/// built from this header, so that integers stand as they are in memory; a version that differs
/// ends the conversation.
///
/// The host sends requests: a Head, then `bytes` of body.
///   * Put: a Put, then for each file a File, its path with a NUL, and its content. The directories
///     that lead to it are made. A path with a slash at its end is a directory, which gets this
///     mode: one without permission to write closes it, and nothing more can be stored there.
///     Answer: Stored or Failed. Several may follow each other.
///   * Exec: an Exec, then its limits (Limit), then its strings, each with a NUL: the host name,
///     the working directory, the arguments, the variables. An empty host name leaves the name as
///     it is, an empty directory is the root. The Head, and no other message, carries three
///     descriptors: what the command reads as stdin, and where its output and its errors go.
///     Answer: Started or Failed; after Started, Ended. Commands may overlap.
///   * Signal: a Signal, to the first process of the command; no answer.
///
/// The agent sends Tells: Ready once, unasked, then the answers. The end of a command is told when
/// its first process has been reaped; what is left of it then has ended (Leftovers), and the agent
/// closes the descriptors of output and errors once everything written before has been passed on.
///
/// What cannot be understood is told as Failed, and ends the agent, and the sandbox with it.
///
/// The host takes nothing else from a sandbox, and never a descriptor.
#pragma once

#include <cellos/core/config.hpp>

#include <cstddef>
#include <cstdint>

namespace cellos::inline CELLOS_ABI::sandbox::agent {

/// Where Put stores files: tmpfs mounts of the sandbox.
inline constexpr const char* inputs_directory = "/inputs";
inline constexpr const char* secrets_directory = "/run/secrets";

/// Who the agent is, to whom input files belong: user 0 of the sandbox, where the bundle starts it;
/// beside commands of user 0, somebody else, whom it makes itself.
constexpr std::uint32_t agent_uid(std::uint32_t command_uid) {
    return command_uid == 0 ? 65532 : 0;
}

/// The most that one request holds of each; the agent refuses more.
inline constexpr std::size_t max_text_bytes = std::size_t{2} << 20;
inline constexpr std::size_t max_strings = std::size_t{1} << 15;
inline constexpr std::size_t max_limits = 16;
inline constexpr std::size_t max_path_bytes = 4096; ///< of a file, with its NUL
/// At a time; an Exec beyond that is Failed (EAGAIN).
inline constexpr int max_commands = 64;

/// Where each message begins. The last byte is the version of this format.
inline constexpr std::uint32_t magic = 0x6C6C6503;

enum class Verb : std::uint32_t { Put = 1, Exec, Signal };

struct Head {
    std::uint32_t magic = agent::magic;
    Verb verb = Verb::Exec;
    std::uint64_t bytes = 0; ///< of the body, which follows
    std::uint32_t id = 0;    ///< of the command; repeated by what is told of it
    std::uint32_t reserved = 0;
};

enum class Directory : std::uint32_t { Inputs = 1, Secrets };

struct Put {
    Directory directory = Directory::Inputs;
    std::uint32_t files = 0;
    /// Who may read secrets; input files are the agent's.
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};

struct File {
    std::uint64_t bytes = 0; ///< of the content
    /// With its NUL. A path below the Put's directory, of secrets a plain name.
    std::uint32_t path_bytes = 0;
    std::uint32_t mode = 0; ///< permission bits, 0777 at most
};

/// What becomes of the processes that a command leaves behind.
enum class Leftovers : std::uint32_t {
    EndAll, ///< everything in the sandbox ends with it: the command must be the only one
    EndOwn, ///< it has a PID namespace of its own, which ends with it
    Keep,
};

struct Exec {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint32_t limits = 0;
    std::uint32_t arguments = 0;
    std::uint32_t variables = 0;
    /// 1: errors go through the pipe of the output, so that the order of both is kept, and the
    /// third descriptor is not used. In the sandbox nothing tells that two descriptors are one
    /// file.
    std::uint32_t merged = 0;
    Leftovers leftovers = Leftovers::EndAll;
    std::uint32_t reserved = 0;
};

/// One limit of getrlimit(2), soft and hard.
struct Limit {
    std::uint64_t value = 0;
    std::uint64_t resource = 0; ///< RLIMIT_…
};

struct Signal {
    std::uint32_t number = 0;
    std::uint32_t reserved = 0;
};

enum class Kind : std::uint32_t {
    Ready = 1, ///< the sandbox is up; `status` is that of the command that prepared it
    Stored,
    Started, ///< the program has been loaded
    Ended,   ///< `status`, and what all processes of the command have used
    Failed,  ///< `step` and `status`, an errno; of an Exec: nothing of the command has run
};

/// What could not be done.
enum class Step : std::uint32_t {
    None,
    Read,     ///< the request
    Store,    ///< a file
    Hostname, ///< sethostname(2)
    Streams,  ///< the pipes of the command
    Fork,
    Limits, ///< prlimit(2)
    Drop,   ///< privileges
    Directory,
    Search, ///< the program on the PATH
    Execute,
};

/// All that ever comes out of a sandbox beside the output.
struct Tell {
    std::uint32_t magic = agent::magic;
    Kind kind = Kind::Ready;
    std::uint32_t id = 0;
    Step step = Step::None;
    std::int32_t status = 0; ///< a status of wait(2), or an errno; -1: it could not be started
    std::uint32_t reserved = 0;
    std::uint64_t user_micros = 0; ///< processor time, as the sandbox's kernel counts
    std::uint64_t system_micros = 0;
    std::uint64_t peak_kib = 0; ///< of the largest process's resident set
};

} // namespace cellos::inline CELLOS_ABI::sandbox::agent
