#include "adapters/docker/container_config.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::docker {
namespace {

namespace bj = boost::json;

constexpr std::int64_t memory_bytes_min = 16 << 20;  // the Engine's own minimum is 6 MiB
constexpr double cpus_min = 0.01;
constexpr int oom_score = 500;  // under pressure of the whole machine a job dies before the agent and the engine

// What Docker gives root in a container, so that what works in `docker run` works here: a program with a file
// capability does not even start where that is missing here. Left out is MKNOD: with a device file of its own making a
// job could reach a disk through any process of the machine that sees the file. Raw sockets reach the job's own network
// only.
constexpr std::string_view capabilities[] = {
    "AUDIT_WRITE", "CHOWN",   "DAC_OVERRIDE", "FOWNER",  "FSETID", "KILL",      "NET_BIND_SERVICE",
    "NET_RAW",     "SETFCAP", "SETGID",       "SETPCAP", "SETUID", "SYS_CHROOT"};
constexpr std::int64_t shm_bytes_min = 64 << 20;  // Docker's own

bj::value host_config(const ContainerPlan& plan) {
  bj::object host{
      {"AutoRemove", true},  // when the init ends (its agent died), the Engine removes the container by itself
      {"NetworkMode", plan.network},
      {"Memory", plan.limits.memory_bytes},
      {"MemorySwap", plan.limits.memory_bytes},
      {"PidsLimit", plan.limits.pids},
      {"CapDrop", {"ALL"}},
      {"CapAdd", bj::array(std::begin(capabilities), std::end(capabilities))},
      {"SecurityOpt", {"no-new-privileges"}},
      {"IpcMode", "private"},
      // Half of the memory, as Linux has it without a container: what is in it counts as memory.
      {"ShmSize", std::max(shm_bytes_min, plan.limits.memory_bytes / 2)},
      {"OomScoreAdj", oom_score},
      {"Ulimits", bj::array{{{"Name", "core"}, {"Soft", 0}, {"Hard", 0}}}},
      {"LogConfig",
       {{"Type", "none"}, {"Config", bj::object()}}},  // output goes to the attached stream only, not to the disk too
      {"RestartPolicy", {{"Name", "no"}}},
  };
  if (plan.privileged) {
    for (const char* restriction : {"CapDrop", "CapAdd", "SecurityOpt"}) host.erase(restriction);
    host["Privileged"] = true;
  }
  if (plan.limits.cpus > 0) host["NanoCpus"] = static_cast<std::int64_t>(plan.limits.cpus * 1e9);
  if (!plan.hosts.empty()) host["ExtraHosts"] = bj::array(plan.hosts.begin(), plan.hosts.end());
  if (plan.volume) {
    host["Mounts"] = bj::array{{{"Type", "volume"},
                                {"Source", *plan.volume},
                                {"Target", workspace_path},
                                {"VolumeOptions", {{"NoCopy", true}, {"Labels", plan.labels}}}}};
  }
  if (plan.folder) host["Mounts"] = bj::array{{{"Type", "bind"}, {"Source", *plan.folder}, {"Target", workspace_path}}};
  return host;
}

}  // namespace

Limits limits_of(const pipelines::Resources& asked, Limits limits) {
  if (asked.memory_bytes) limits.memory_bytes = std::max(*asked.memory_bytes, memory_bytes_min);
  if (asked.cpu) limits.cpus = *asked.cpu;
  if (limits.cpus > 0)
    limits.cpus = std::clamp(limits.cpus, cpus_min, static_cast<double>(std::max(limits.machine_cpus, 1)));
  return limits;
}

bj::object labels_of(const runner::JobContext& job) {
  return {{server_label, job.server_id},
          {agent_label, job.agent_id},
          {boot_label, job.boot_id},
          {job_label, job.job.str()},
          {attempt_label, fmt::format("{}", job.attempt)}};
}

bj::value create_body(const ContainerPlan& plan) {
  const bool own_network = !plan.network.starts_with("container:");
  bj::object body{
      {"Image", plan.image},
      {"User", plan.user},
      {"Labels", plan.labels},
      // The helper is PID 1; entry point, command and health check of the image do not run. Its environment is given to
      // the steps by the helper, and with it the job's: neither is to be seen in `docker inspect`.
      {"Entrypoint", {init_path}},
      {"Cmd", bj::array()},
      {"Env", bj::array()},
      {"Healthcheck", {{"Test", {"NONE"}}}},
      {"WorkingDir", plan.volume || plan.folder ? workspace_path : std::string_view("/")},
      {"Tty", false},
      {"OpenStdin", true},
      {"StdinOnce",
       true},  // the agent's connection is the only one: when it breaks, the helper reads the end of its input
      {"AttachStdin", true},
      {"AttachStdout", true},
      {"AttachStderr", true},
      {"HostConfig", host_config(plan)},
  };
  if (own_network && !plan.alias.empty()) {
    body["Hostname"] = plan.alias;
    body["NetworkingConfig"] = {{"EndpointsConfig", {{plan.network, {{"Aliases", {plan.alias}}}}}}};
  }
  return body;
}

}  // namespace open_cicd::docker
