/// @file
/// The contract of a backend as a test suite: what a program may rely on with every backend. One
/// line in any Catch2 test case (2.13 or 3) runs all of it:
///
///     TEST_CASE("MyBackend keeps the laws of backends") {
///         cellos::testing::backend_laws([] { return MyBackend{...}; });
///     }
///
/// Each law is a section named after what it says, so that a failure names the law, and `-c
/// "<law>"` runs one alone. Each law makes its own backends. A backend declares its properties in
/// BackendTraits; LawOptions tell the laws about the machine. That a backend cannot be told apart
/// from another one, as a pool's from the one in it, is a law of both: same_cold_and_warm_laws().
#pragma once

#include <cellos/core/backend_concepts.hpp>
#include <cellos/core/session_concepts.hpp>
#include <cellos/testing/catch.hpp>
#include <cellos/testing/cells.hpp>
#include <cellos/testing/destroy_laws.hpp>
#include <cellos/testing/identity_laws.hpp>
#include <cellos/testing/options.hpp>
#include <cellos/testing/residue_laws.hpp>
#include <cellos/testing/traits.hpp>

#ifdef __linux__
#include <cellos/testing/execution_laws.hpp>
#include <cellos/testing/same_laws.hpp>
#include <cellos/testing/session_laws.hpp>
#endif

#include <type_traits>

namespace cellos::inline CELLOS_ABI::testing {

/// The laws of every CellBackend. `make_backend()` returns a backend by value; each law calls it
/// again.
template <class MakeBackend>
void lifecycle_laws(MakeBackend make_backend, const LawOptions& options = {}) {
    static_assert(CellBackend<backend_of<MakeBackend>>, "make_backend() must return a CellBackend");

    SECTION("create refuses an empty id") {
        laws::empty_id(make_backend);
    }
    SECTION("a handle and its report carry the document's id") {
        laws::handle_identity(make_backend);
    }
    SECTION("cells whose ids are prefixes of each other stay apart") {
        laws::prefix_ids(make_backend);
    }
    SECTION("an id can be used again after destroy") {
        laws::same_id_again(make_backend);
    }
    SECTION("destroy after create says destroyed") {
        laws::destroy_after_create(make_backend);
    }
    SECTION("destroy of an unknown handle touches nothing") {
        laws::unknown_handle(make_backend);
    }
    SECTION("a second destroy finds nothing") {
        laws::second_destroy(make_backend);
    }
    SECTION("concurrent destroys elect one winner") {
        laws::concurrent_destroys(make_backend);
    }
    SECTION("peers are counted") {
        laws::peers_counted(make_backend);
    }
    SECTION("nothing is left of cells") {
        laws::no_residue(make_backend, options);
    }
}

/// The laws of InCellExecution.
template <class MakeBackend>
void execution_laws(MakeBackend make_backend, const LawOptions& options = {}) {
    static_assert(
        InCellExecution<backend_of<MakeBackend>>, "make_backend() must return an InCellExecution"
    );
#ifdef __linux__
    SECTION("exit codes and signals are told as they were") {
        laws::exit_statuses(make_backend, options);
    }
    SECTION("a cell without a command runs none") {
        laws::no_command(make_backend, options);
    }
    SECTION("a missing program is CommandNotFound") {
        laws::command_not_found(make_backend, options);
    }
    SECTION("what cannot be executed is CommandNotExecutable") {
        laws::command_not_executable(make_backend, options);
    }
    SECTION("a time-out ends the workload and leaves no code") {
        laws::time_out(make_backend, options);
    }
    SECTION("a stop before the run cancels it") {
        laws::cancelled_before_the_run(make_backend, options);
    }
    SECTION("a stop during the run cancels it") {
        laws::cancelled_during_the_run(make_backend, options);
    }
    SECTION("a stop after the run changes nothing") {
        laws::cancelled_after_the_run(make_backend, options);
    }
    SECTION("output beyond the limit is dropped, in flat memory") {
        laws::large_output(make_backend, options);
    }
    SECTION("more output than the document allows is OutputLimitExceeded") {
        laws::output_limit(make_backend, options);
    }
    SECTION("what a run took is told of its workload, or not at all") {
        laws::usage_of_runs(make_backend, options);
    }
    SECTION("without input stdin is at its end") {
        laws::closed_stdin(make_backend, options);
    }
    SECTION("stdin text arrives whole, or harms nobody") {
        laws::stdin_text(make_backend, options);
    }
    SECTION("destroying a cell leaves its neighbours running") {
        laws::neighbour_survives(make_backend, options);
    }
    SECTION("nothing is left of workloads") {
        laws::no_residue_of_workloads(make_backend, options);
    }
#else
    static_assert(!std::is_same_v<MakeBackend, MakeBackend>, "these laws need Linux");
#endif
}

/// The laws of CommandSessions, and of the sessions on the host of a backend that runs there.
template <class MakeBackend>
void session_laws(MakeBackend make_backend, const LawOptions& options = {}) {
    using Backend = backend_of<MakeBackend>;
    static_assert(
        CommandSessions<Backend> || RunsOnHost<Backend>,
        "make_backend() must return a backend with sessions, or one that runs on the host"
    );
#ifdef __linux__
    SECTION("commands of a session share its cell") {
        laws::commands_share_the_cell(make_backend);
    }
    SECTION("a command has variables and a directory of its own") {
        laws::own_variables_and_directory(make_backend);
    }
    SECTION("a command reads its own input, or none") {
        laws::input_of_each_command(make_backend);
    }
    SECTION("the time-out of a command ends it alone, though nobody waits") {
        laws::command_time_out(make_backend);
    }
    SECTION("the stop of a command ends it alone") {
        laws::command_stop(make_backend);
    }
    SECTION("signals reach a command") {
        laws::signals_reach_a_command(make_backend);
    }
    SECTION("commands run at once") {
        laws::commands_at_once(make_backend);
    }
    SECTION("a program that is missing leaves the session as it was") {
        laws::missing_program_of_a_session(make_backend, options);
    }
    SECTION("what a command started ends with it, or goes on in the background") {
        laws::leftovers_of_commands(make_backend);
    }
    SECTION("no command gets more than the document grants") {
        laws::more_than_granted(make_backend);
    }
    SECTION("more output than allowed ends a command alone") {
        laws::output_limit_of_a_command(make_backend);
    }
    SECTION("a stop ends a session and what runs in it") {
        laws::stop_of_a_session(make_backend);
    }
    SECTION("the time to live ends a session and what runs in it") {
        laws::ttl_of_a_session(make_backend);
    }
    SECTION("a session that is idle for too long ends") {
        laws::idle_session(make_backend);
    }
    SECTION("the end of a session is that of its commands") {
        laws::end_of_what_runs(make_backend);
    }
    SECTION("nothing is left of sessions") {
        laws::no_residue_of_sessions(make_backend, options);
    }
#else
    static_assert(!std::is_same_v<MakeBackend, MakeBackend>, "these laws need Linux");
#endif
}

/// All the laws that apply to the backend.
template <class MakeBackend>
void backend_laws(MakeBackend make_backend, const LawOptions& options = {}) {
    lifecycle_laws(make_backend, options);
    if constexpr (InCellExecution<backend_of<MakeBackend>>) execution_laws(make_backend, options);
}

} // namespace cellos::inline CELLOS_ABI::testing
