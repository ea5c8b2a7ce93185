#pragma once

#include <cellos/host/sandbox/agent/request.hpp>

#include <utility>

namespace cellos::inline CELLOS_ABI::sandbox::agent {

namespace detail {

template <class T>
void append_bytes(std::string& to, const T& value) {
    to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

} // namespace detail

CELLOS_DECL Request::Request(Verb verb, std::uint32_t id) {
    head_.verb = verb;
    head_.id = id;
}

CELLOS_DECL void Request::add(std::string_view bytes_of_others) {
    head_.bytes += bytes_of_others.size();
    if (!bytes_of_others.empty()) pieces_.emplace_back(bytes_of_others);
}

CELLOS_DECL void Request::add_owned(std::string bytes) {
    add(std::string_view{owned_.emplace_back(std::move(bytes))});
}

CELLOS_DECL void Request::add(FilePart part) {
    head_.bytes += part.bytes;
    if (part.bytes > 0) pieces_.emplace_back(std::move(part));
}

inline std::deque<Request::Piece> Request::take_pieces() {
    std::string head;
    detail::append_bytes(head, head_);
    pieces_.emplace_front(std::string_view{owned_.emplace_back(std::move(head))});
    return std::move(pieces_);
}

CELLOS_DECL void Request::add_file(std::string_view path, std::uint64_t bytes, std::uint32_t mode) {
    const auto path_bytes = static_cast<std::uint32_t>(path.size() + 1);
    std::string header;
    detail::append_bytes(header, File{.bytes = bytes, .path_bytes = path_bytes, .mode = mode});
    header.append(path).push_back('\0');
    add_owned(std::move(header));
}

CELLOS_DECL Request
put_request(std::uint32_t id, Directory directory, std::size_t files, CellUser user) {
    Request request{Verb::Put, id};
    std::string put;
    detail::append_bytes(
        put,
        Put{.directory = directory,
            .files = static_cast<std::uint32_t>(files),
            .uid = user.uid,
            .gid = user.gid}
    );
    request.add_owned(std::move(put));
    return request;
}

CELLOS_DECL Request
put_secrets(std::uint32_t id, std::span<const ResolvedSecret> secrets, CellUser user) {
    Request request = put_request(id, Directory::Secrets, secrets.size(), user);
    for (const ResolvedSecret& secret : secrets) {
        const std::string_view value = secret.value.reveal();
        request.add_file(secret.name, value.size(), 0400);
        request.add(value);
    }
    return request;
}

CELLOS_DECL Result<Request> exec_request(
    std::uint32_t id, const ExecOptions& options, std::array<os::Descriptor, 3> descriptors
) {
    Request request{Verb::Exec, id};
    request.descriptors = std::move(descriptors);
    const std::size_t variables = options.environment.size() + options.secrets.size();
    std::string text;
    detail::append_bytes(
        text,
        Exec{
            .uid = options.user.uid,
            .gid = options.user.gid,
            .limits = static_cast<std::uint32_t>(options.limits.size()),
            .arguments = static_cast<std::uint32_t>(options.argv.size()),
            .variables = static_cast<std::uint32_t>(variables),
            .merged = options.merges_outputs ? 1U : 0U,
            .leftovers = options.leftovers}
    );
    for (const Limit& limit : options.limits) detail::append_bytes(text, limit);
    const std::size_t before = text.size();
    const auto add = [&text](std::string_view string) { text.append(string).push_back('\0'); };
    add(options.hostname);
    add(options.working_directory);
    for (const std::string& argument : options.argv) add(argument);
    for (const std::string& variable : options.environment) add(variable);
    std::size_t text_size = text.size() - before;
    request.add_owned(std::move(text));
    for (const ResolvedSecret& secret : options.secrets) {
        const std::string_view value = secret.value.reveal();
        if (value.find('\0') != value.npos) {
            return failure(
                CellosError::Kind::SecretBroker,
                "the secret " + secret.name +
                    " holds a NUL and cannot be an environment variable: deliver it as a file"
            );
        }
        request.add_owned(secret.name + '=');
        request.add(value);
        request.add(std::string_view{"\0", 1});
        text_size += secret.name.size() + value.size() + 2;
    }
    if (text_size > max_text_bytes || options.argv.size() + variables > max_strings) {
        return failure(
            CellosError::Kind::ArgvTooLarge,
            "its arguments and variables are more than one request to the sandbox has room for (" +
                std::to_string(max_text_bytes) + " bytes, " + std::to_string(max_strings) +
                " of them)"
        );
    }
    return request;
}

CELLOS_DECL Request signal_request(std::uint32_t id, int signal) {
    Request request{Verb::Signal, id};
    std::string body;
    detail::append_bytes(body, Signal{.number = static_cast<std::uint32_t>(signal)});
    request.add_owned(std::move(body));
    return request;
}

} // namespace cellos::inline CELLOS_ABI::sandbox::agent
