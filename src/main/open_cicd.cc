#include "cli/cli.h"

int main(int argc, char** argv) {
  return open_cicd::cli::run(argc, argv);
}
