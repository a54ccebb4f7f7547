# What every target of Urna shares.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
                                  CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
                                  ${CCACHE_PROGRAM})
endif()

set(URNA_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")
if(URNA_SANITIZE)
  add_compile_options(-fsanitize=${URNA_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${URNA_SANITIZE})
endif()
if(URNA_FUZZ)
  # Coverage feedback for libFuzzer in every module, and the sanitizers that make a mistake visible.
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
option(URNA_COVERAGE "Count which lines the tests reach" OFF)
if(URNA_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

set(URNA_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror=return-type
                  $<$<BOOL:${URNA_WERROR}>:-Werror>)

# urna_module(NAME SOURCES … [PUBLIC …] [PRIVATE …]): the library target urna_NAME of common/NAME.
function(urna_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(urna_${name} STATIC ${arg_SOURCES})
  target_include_directories(urna_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(urna_${name} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  target_compile_options(urna_${name} PRIVATE ${URNA_WARNINGS})
endfunction()

# urna_module_objects(NAME SOURCES … [LIBRARIES …]): what a daemon is made of, without its main(), so that
# tests link the same objects. Target urna_NAME.
function(urna_module_objects name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_library(urna_${name} OBJECT ${arg_SOURCES})
  target_include_directories(urna_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(urna_${name} PUBLIC ${arg_LIBRARIES})
  target_compile_options(urna_${name} PRIVATE ${URNA_WARNINGS})
endfunction()

# urna_program(NAME SOURCES … [LIBRARIES …]): an executable in build/<preset>/bin.
function(urna_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES})
  target_compile_options(${name} PRIVATE ${URNA_WARNINGS})
endfunction()

# urna_test(NAME LABEL SOURCES … [LIBRARIES …] [TIMEOUT seconds]): a GoogleTest program; each test is a ctest.
function(urna_test name label)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  urna_program(${name} SOURCES ${arg_SOURCES} LIBRARIES ${arg_LIBRARIES} GTest::gtest_main GTest::gmock
                                                        rapidcheck)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120 PROPERTIES LABELS ${label} TIMEOUT ${arg_TIMEOUT})
endfunction()
