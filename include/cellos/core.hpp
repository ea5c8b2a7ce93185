/// @file
/// The vocabulary, the concepts and the validation, which every other layer builds on. Needs no
/// library other than tl::expected, and makes no system calls except to protect the memory of
/// secrets.
#pragma once

#include <cellos/core/artifact.hpp>
#include <cellos/core/artifact_access.hpp>
#include <cellos/core/backend_concepts.hpp>
#include <cellos/core/boot.hpp>
#include <cellos/core/captured_output.hpp>
#include <cellos/core/cell_ref.hpp>
#include <cellos/core/command_document.hpp>
#include <cellos/core/document.hpp>
#include <cellos/core/enum_names.hpp>
#include <cellos/core/environment.hpp>
#include <cellos/core/error.hpp>
#include <cellos/core/event.hpp>
#include <cellos/core/exit_status.hpp>
#include <cellos/core/explain.hpp>
#include <cellos/core/fwd.hpp>
#include <cellos/core/handle.hpp>
#include <cellos/core/hasher.hpp>
#include <cellos/core/input_file.hpp>
#include <cellos/core/network_syntax.hpp>
#include <cellos/core/outcome.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/report.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/rules.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/core/secret.hpp>
#include <cellos/core/secret_memory.hpp>
#include <cellos/core/span.hpp>
#include <cellos/core/stdio.hpp>
#include <cellos/core/text_syntax.hpp>
#include <cellos/core/validate.hpp>
#include <cellos/core/violations.hpp>
