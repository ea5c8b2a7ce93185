# Installs the build BUILD to the empty folder PREFIX: what an earlier version left there must not
# help a later one.
file(REMOVE_RECURSE "${PREFIX}")
execute_process(
    COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${PREFIX}"
    OUTPUT_QUIET
    COMMAND_ERROR_IS_FATAL ANY
)
