#include "central/central.h"

int main(int argc, char** argv) {
  return urna::daemon::run_node_program(urna::central::tier(), argc, argv);
}
