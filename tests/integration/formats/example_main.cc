// Prints a fresh worked example for docs/formats.md: paste it between the fences there.
#include <cstdio>

#include "tests/integration/formats/example.h"

int main() {
  const std::string text = urna::formats::make_example();
  std::printf("```urna-example\n%s```\n", text.c_str());
  return 0;
}
