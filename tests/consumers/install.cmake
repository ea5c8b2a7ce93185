# Installs the build BUILD to the empty folder PREFIX: what an earlier version left there must not
# help a later one. PROGRAM: where in it the launcher must be then; empty where there is none.
file(REMOVE_RECURSE "${PREFIX}")
execute_process(
    COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${PREFIX}"
    OUTPUT_QUIET
    COMMAND_ERROR_IS_FATAL ANY
)
if(PROGRAM AND NOT EXISTS "${PREFIX}/${PROGRAM}")
    message(FATAL_ERROR "the launcher of Prewarmed is not installed: no ${PREFIX}/${PROGRAM}")
endif()
