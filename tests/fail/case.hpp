// What the cases share: the doors that a program would include, and names for what they use.
#pragma once

#include <cellos/host/stub.hpp>
#include <cellos/supervisor.hpp>

#include <functional>
#include <string_view>

using cellos::ArtifactReader;
using cellos::CellHandle;
using cellos::CloudEvent;
using cellos::ExecutionCellDocument;
using cellos::ExitStatus;
using cellos::ExportArtifactMetadata;
using cellos::ExportReceipt;
using cellos::Result;
using cellos::RunContext;
using cellos::Secret;
using cellos::StubCellBackend;
using cellos::TeardownReport;

/// An object of any type, for sources that are never run.
template <class T>
T& object();
