#pragma once

#include <cellos/supervisor/ports.hpp>

#include <exception>
#include <string>

namespace cellos::inline CELLOS_ABI::detail {

CELLOS_DECL CellosError handled_exception(CellosError::Kind kind, std::string_view who) {
    CellosError error{kind, std::string{who} + " threw an exception"};
    try {
        throw;
    } catch (const std::exception& exception) {
        error.message.append(": ").append(exception.what());
    } catch (...) {
        // It says nothing about itself.
    }
    return error;
}

/// "event sink jsonl (port 2)"
inline std::string to_string(const PortLabel& port) {
    std::string text{port.noun};
    if (!port.name.empty()) text.append(" ").append(port.name);
    text.append(" (port ").append(std::to_string(port.number)).append(")");
    return text;
}

CELLOS_DECL CellosError port_error(const PortLabel& port, Phase phase, const CellosError& error) {
    std::string message = to_string(port);
    message += ", phase ";
    message += to_string(phase);
    message += ": ";
    message += error.kind == port.kind ? error.message : error.what();
    return {port.kind, std::move(message)};
}

} // namespace cellos::inline CELLOS_ABI::detail
