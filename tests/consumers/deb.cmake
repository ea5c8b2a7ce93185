# Makes the Debian packages of SOURCE as their makers do, and uses what they hold without installing it:
# a program is built with libcellos-dev, and cellos-run of cellos-tools tells of itself. Everything is in
# FOLDER. OPTIONS: for the compiler; LINTIAN: the program, or empty; CONSUMER: the user's project.
file(REMOVE_RECURSE "${FOLDER}/packages" "${FOLDER}/root" "${FOLDER}/consumer")

function(run)
    execute_process(COMMAND ${ARGV} OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE result)
    if(NOT result EQUAL 0)
        list(JOIN ARGV " " command)
        message(FATAL_ERROR "${command} ended with ${result}:\n${output}")
    endif()
endfunction()

run("${CMAKE_COMMAND}" -S "${SOURCE}" -B "${FOLDER}/build" -G "${GENERATOR}" ${OPTIONS}
    -DCMAKE_BUILD_TYPE=Release "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG"
    -DCELLOS_BUILD_TESTS=OFF -DCELLOS_BUILD_BENCH=OFF
    -DCMAKE_SKIP_INSTALL_ALL_DEPENDENCY=ON # the other examples are in no package
)
run("${CMAKE_COMMAND}" --build "${FOLDER}/build" --target cellos-run-texts)
run("${CPACK}" --config "${FOLDER}/build/CPackConfig.cmake" -B "${FOLDER}/packages")

foreach(package IN ITEMS libcellos-dev cellos-tools)
    file(GLOB file "${FOLDER}/packages/${package}_*.deb")
    list(LENGTH file count)
    if(NOT count EQUAL 1)
        message(FATAL_ERROR "there are ${count} packages ${package} instead of one")
    endif()
    if(LINTIAN)
        run("${LINTIAN}" --fail-on error,warning "${file}")
    else()
        message(STATUS "no lintian (lintian), so nobody looked at ${package}")
    endif()
    run(dpkg-deb -x "${file}" "${FOLDER}/root")
endforeach()

run("${FOLDER}/root/usr/bin/cellos-run" --help)
run("${CMAKE_COMMAND}" -S "${CONSUMER}" -B "${FOLDER}/consumer" -G "${GENERATOR}" ${OPTIONS}
    "-DCMAKE_PREFIX_PATH=${FOLDER}/root/usr" -DCELLOS_LIBRARY=cellos::compiled
    "-DCELLOS_AGENT=${AGENT}"
)
run("${CMAKE_COMMAND}" --build "${FOLDER}/consumer" --target program)
run("${CTEST}" --test-dir "${FOLDER}/consumer" --tests-regex "^program$" --no-tests=error
    --output-on-failure
)
