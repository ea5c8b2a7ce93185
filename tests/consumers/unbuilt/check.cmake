# Installs SOURCE right after configuring it, in the empty folder FOLDER: the header-only library can be
# used, and whoever wants more reads what to do. OPTIONS: for the compiler; GENERATOR: of both builds.
file(REMOVE_RECURSE "${FOLDER}")
execute_process(
    COMMAND
        "${CMAKE_COMMAND}" -S "${SOURCE}" -B "${FOLDER}/cellos" -G "${GENERATOR}" ${OPTIONS}
        -DCELLOS_BUILD_TESTS=OFF -DCELLOS_BUILD_BENCH=OFF -DCELLOS_BUILD_EXAMPLES=OFF
    OUTPUT_QUIET
    COMMAND_ERROR_IS_FATAL ANY
)
execute_process(
    COMMAND "${CMAKE_COMMAND}" --install "${FOLDER}/cellos" --prefix "${FOLDER}/prefix"
    OUTPUT_QUIET
    COMMAND_ERROR_IS_FATAL ANY
)

# configure(<what must be said, or nothing> <option>...)
function(configure said)
    file(REMOVE_RECURSE "${FOLDER}/consumer")
    execute_process(
        COMMAND
            "${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_FUNCTION_LIST_DIR}" -B "${FOLDER}/consumer"
            -G "${GENERATOR}" ${OPTIONS} "-DCMAKE_PREFIX_PATH=${FOLDER}/prefix" ${ARGN}
        RESULT_VARIABLE result
        OUTPUT_VARIABLE output
        ERROR_VARIABLE output
    )
    string(REGEX REPLACE "[ \n]+" " " line "${output}")
    string(FIND "${line}" "${said}" place)
    if(said AND (result EQUAL 0 OR place EQUAL -1))
        message(FATAL_ERROR "with ${ARGN} it must fail and say '${said}', and says:\n${output}")
    elseif(NOT said AND NOT result EQUAL 0)
        message(FATAL_ERROR "with ${ARGN} it must be found:\n${output}")
    endif()
endfunction()

configure("")
configure(
    "no component 'compiled' here: it was installed without having been built. Build it (cmake --build)"
    -DCELLOS_COMPONENTS=compiled
)
configure("there is none of that name" -DCELLOS_COMPONENTS=nonsense)
