#include "territorial/territorial.h"

int main(int argc, char** argv) {
  return urna::daemon::run_node_program(urna::territorial::tier(), argc, argv);
}
