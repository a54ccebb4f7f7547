#include "central/ca/command.h"

int main(int argc, char** argv) { return urna::ca::run_ca_program(argc, argv); }
