# Installs the build BUILD to the empty folder PREFIX: what an earlier version left there must not
# help a later one. AGENT: the files of it that make the agent, with commas between;
# empty where there is none.
# With SOURCE the build is made first: the library alone, shared, with OPTIONS, and named as Debug
# libraries often are.
file(REMOVE_RECURSE "${PREFIX}")
if(SOURCE)
    execute_process(
        COMMAND
            "${CMAKE_COMMAND}" -S "${SOURCE}" -B "${BUILD}" -G "${GENERATOR}" ${OPTIONS}
            -DBUILD_SHARED_LIBS=ON -DCMAKE_BUILD_TYPE=Debug -DCMAKE_DEBUG_POSTFIX=d
            -DCELLOS_BUILD_TESTS=OFF -DCELLOS_BUILD_BENCH=OFF -DCELLOS_BUILD_EXAMPLES=OFF
        OUTPUT_QUIET
        COMMAND_ERROR_IS_FATAL ANY
    )
    execute_process(
        COMMAND "${CMAKE_COMMAND}" --build "${BUILD}"
        OUTPUT_QUIET
        COMMAND_ERROR_IS_FATAL ANY
    )
endif()
execute_process(
    COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${PREFIX}"
    OUTPUT_QUIET
    COMMAND_ERROR_IS_FATAL ANY
)
string(REPLACE "," ";" files "${AGENT}")
foreach(file IN LISTS files)
    if(NOT EXISTS "${PREFIX}/${file}")
        message(FATAL_ERROR "the agent is not installed: no ${PREFIX}/${file}")
    endif()
endforeach()
