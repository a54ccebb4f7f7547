#include <iostream>

#include "central/audit/check/command.h"

int main(int argc, char** argv) {
  return urna::audit::run_check_program(argc, argv, std::cout, std::cerr);
}
