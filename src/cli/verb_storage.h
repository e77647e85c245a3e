// `open-cicd storage`, as the verbs of verbs.h are added.
#pragma once

namespace CLI {
class App;
}

namespace open_cicd::cli {

struct Context;

void add_storage(CLI::App& root, Context& context);

}  // namespace open_cicd::cli
