# Builds the agent of two copies of SOURCE in different folders below FOLDER, one with other flags for
# everything else: the program and the header that holds it must be the same.
file(REMOVE_RECURSE "${FOLDER}")

foreach(copy IN ITEMS one another/one)
    set(root "${FOLDER}/${copy}")
    file(COPY "${SOURCE}/include" "${SOURCE}/CMakeLists.txt" DESTINATION "${root}/source")
    set(options -DCMAKE_BUILD_TYPE=Release)
    if(copy MATCHES "another")
        set(options
            -DCMAKE_BUILD_TYPE=Debug -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON
            "-DCMAKE_CXX_FLAGS_DEBUG=-g3 -O0 -fsanitize=address -fstack-protector-strong"
        )
    endif()
    execute_process(
        COMMAND
            "${CMAKE_COMMAND}" -S "${root}/source" -B "${root}/build" -G "${GENERATOR}"
            "-DCMAKE_CXX_COMPILER=${COMPILER}" -DCMAKE_CXX_COMPILER_LAUNCHER= -DCELLOS_CCACHE=
            -DCELLOS_BUILD_TESTS=OFF -DCELLOS_BUILD_BENCH=OFF -DCELLOS_BUILD_EXAMPLES=OFF
            -DCELLOS_INSTALL=OFF ${options}
        OUTPUT_QUIET
        COMMAND_ERROR_IS_FATAL ANY
    )
    execute_process(
        COMMAND "${CMAKE_COMMAND}" --build "${root}/build" --target cellos_agent_image
        OUTPUT_QUIET
        COMMAND_ERROR_IS_FATAL ANY
    )
endforeach()

foreach(file IN ITEMS cellos-agent agent/include/cellos/host/sandbox/agent/image_bytes.hpp)
    execute_process(
        COMMAND
            "${CMAKE_COMMAND}" -E compare_files "${FOLDER}/one/build/${file}"
            "${FOLDER}/another/one/build/${file}"
        COMMAND_ERROR_IS_FATAL ANY
    )
endforeach()
file(REMOVE_RECURSE "${FOLDER}")
