// bench_client VERB --OPTION VALUE…: the clients of the measurements, where Python would be the limit.
//   load     --port --requests FILE --connections --milliseconds [--depth 1] [--warm-up 0] [--total N] [--cpu -1]
//   agents   --port --agents --jobs --registration-token --admin-token [--wait 25]
//   viewers  --port --job --token --viewers --seconds
//   bare     --answer FILE [--cpu -1]: an epoll loop that sends these bytes for every request
#include "client/verbs.h"

#include <fmt/format.h>

#include <cstdio>
#include <stdexcept>

int main(int count, char** arguments) {
  using namespace open_cicd::bench;
  const std::string_view verb = count > 1 ? arguments[1] : "";
  try {
    const Options options(count - 2, arguments + 2);
    if (verb == "load")
      load(options);
    else if (verb == "agents")
      agents(options);
    else if (verb == "viewers")
      viewers(options);
    else if (verb == "bare")
      bare(options);
    else
      throw std::runtime_error("verbs: load, agents, viewers, bare");
    return 0;
  } catch (const std::exception& failure) {
    fmt::print(stderr, "bench_client {}: {}\n", verb, failure.what());
    return 1;
  }
}
