/// @file
/// The protocol between the supervising process and the launcher. Both run on one machine and are
/// built from this header, so integers are sent as they are in memory.
///
/// A sandbox that was booted ahead runs the launcher as its first process. It
///   1. runs the command that prepares the sandbox, if there is one, to its end;
///   2. writes a Ready to its stdout, and waits;
///   3. reads a Handover and all that belongs to it from its stdin, and not a byte further: what
///      follows there is the workload's own input;
///   4. becomes the workload, or writes a Failure to its stderr and ends with `failed`.
///
/// A Handover is followed by its limits, then by `text_bytes` of NUL-terminated strings (the host
/// name, the working directory, the arguments, the variables), then by its files: for each a File,
/// its name with a NUL, and its content.
#pragma once

#include <cellos/core/config.hpp>

#include <cstddef>
#include <cstdint>

namespace cellos::inline CELLOS_ABI::gvisor::launcher {

/// Where input files and secrets are written: tmpfs mounts of the sandbox.
inline constexpr const char* inputs_directory = "/inputs";
inline constexpr const char* secrets_directory = "/run/secrets";

/// The maximum of each in one hand-over; a cell with more runs cold. Linux itself limits arguments
/// and variables, to a quarter of 8 MiB by default.
inline constexpr std::size_t max_text_bytes = std::size_t{2} << 20;
inline constexpr std::size_t max_strings = std::size_t{1} << 15;
inline constexpr std::size_t max_limits = 16;
inline constexpr std::size_t max_name_bytes = 256; ///< with its NUL

/// The sandbox has booted and waits. Also says how the command that prepares it ended.
struct Ready {
    static constexpr std::uint32_t expected = 0x6C6C6563;

    std::uint32_t magic = expected;
    std::int32_t prepare_status = 0; ///< as wait(2) gives it; -1: it could not be started
};

/// What one cell hands over to its sandbox.
struct Handover {
    /// Not known to any workload; it distinguishes the launcher's failures from the workload's
    /// output.
    std::uint8_t nonce[16] = {};
    std::uint32_t limits = 0;
    std::uint32_t arguments = 0;
    std::uint32_t variables = 0;
    std::uint32_t text_bytes = 0;
    std::uint32_t inputs = 0;
    std::uint32_t secrets = 0;
};

/// One limit of getrlimit(2), soft and hard.
struct Limit {
    std::uint64_t value = 0;
    std::uint64_t resource = 0; ///< RLIMIT_…
};

struct File {
    std::uint64_t bytes = 0;      ///< of the content
    std::uint64_t name_bytes = 0; ///< with its NUL
};

/// The step at which the launcher failed.
enum class Step : std::uint32_t {
    Read,     ///< the hand-over
    Inputs,   ///< the input files
    Hostname, ///< sethostname(2)
    Drop,     ///< privileges
    Secrets,  ///< the files of secrets
    Limits,   ///< setrlimit(2)
    Directory,
    Search, ///< the program on the PATH
    Execute,
};

struct Failure {
    std::uint8_t nonce[16] = {};
    Step step = Step::Read;
    std::int32_t error = 0; ///< errno
};

/// The exit code of a launcher that has written a Failure.
inline constexpr int failed = 127;

} // namespace cellos::inline CELLOS_ABI::gvisor::launcher
