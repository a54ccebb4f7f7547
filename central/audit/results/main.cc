#include <iostream>

#include "central/audit/results/command.h"

int main(int argc, char** argv) {
  return urna::audit::run_results_program(argc, argv, std::cout, std::cerr);
}
