/// @file
/// Documents, events and reports as JSON, and the JSON Schema of the document.
#pragma once

#include <cellos/core.hpp>
#include <cellos/json/document.hpp>
#include <cellos/json/event.hpp>
#include <cellos/json/parse_event.hpp>
#include <cellos/json/report.hpp>
#include <cellos/json/schema.hpp>
