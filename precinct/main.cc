#include "precinct/command.h"

int main(int argc, char** argv) { return urna::precinct::run_precinct_program(argc, argv); }
