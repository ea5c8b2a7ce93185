#pragma once

#include <cellos/core/json_escape.hpp>
#include <cellos/core/secret.hpp>
#include <cellos/core/secret_memory.hpp>
#include <cellos/host/gvisor/bundle/secret_config.hpp>
#include <cellos/host/sandbox/secrets.hpp>
#include <cellos/os/descriptor.hpp>

#include <cstddef>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

// `"NAME=value"` as JSON writes it.
[[nodiscard]] inline Secret json_variable(std::string_view name, std::string_view value) {
    SecretMemory memory{json_string_length(name) + json_string_length(value)};
    char* end = memory.data();
    *end++ = '"';
    end = json_escape(name, end);
    *end++ = '=';
    end = json_escape(value, end);
    *end++ = '"';
    const auto size = static_cast<std::size_t>(end - memory.data());
    return {std::move(memory), size};
}

} // namespace detail

CELLOS_DECL Result<void> write_config(
    int cell,
    std::string_view text,
    std::string_view placeholder,
    const std::vector<ResolvedSecret>& secrets
) {
    if (auto possible = sandbox::check_secret_variables(secrets); !possible) return possible;
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    auto file = os::open_at(cell, "bundle/config.json", flags, 0600);
    if (!file) return failure_of(file);
    const std::string quoted = std::string{"\""}.append(placeholder).append("\"");
    const std::size_t place = text.find(quoted);
    if (auto written = os::write_all(file->get(), text.substr(0, place)); !written) return written;
    for (const ResolvedSecret& secret : secrets) {
        const Secret entry = detail::json_variable(secret.name, secret.value.reveal());
        if (&secret != &secrets.front()) {
            if (auto written = os::write_all(file->get(), ","); !written) return written;
        }
        if (auto written = os::write_all(file->get(), entry.reveal()); !written) return written;
    }
    return os::write_all(file->get(), text.substr(place + quoted.size()));
}

CELLOS_DECL void remove_secrets(const std::filesystem::path& cell) {
    std::error_code ignored;
    std::filesystem::remove(cell / "bundle" / "config.json", ignored);
    sandbox::remove_secret_files(cell);
    for (const auto& entry : std::filesystem::directory_iterator{cell / "runsc", ignored}) {
        if (entry.path().extension() == ".state") std::filesystem::remove(entry.path(), ignored);
    }
}

} // namespace cellos::inline CELLOS_ABI::gvisor
