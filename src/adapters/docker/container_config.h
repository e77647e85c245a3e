// What a job's containers are allowed: the bodies of POST /containers/create. Nothing of it comes from the pipeline
// except where a field here says so: there is no way to ask for host folders or host namespaces, and privileges are
// for images that the agent's administrator has listed.
#pragma once

#include "runner/executor.h"

#include <boost/json/value.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::docker {

inline constexpr std::string_view workspace_path = "/workspace";
inline constexpr std::string_view init_directory = "/.open-cicd";  // of the helper and the running step's script
inline constexpr std::string_view init_path = "/.open-cicd/init";

// Bounds of one container. A job's `resources` lower or raise memory and cpu within what the machine has.
struct Limits {
  std::int64_t memory_bytes = std::int64_t{4} << 30;  // swap is not added to it
  double cpus = 0;                                    // 0: all, shared fairly
  std::int64_t pids = 4096;                           // a parallel build takes hundreds, a fork bomb all it gets
  int machine_cpus = 1 << 10;                         // the Engine refuses more than it has
};
Limits limits_of(const pipelines::Resources& asked, Limits limits);

// Labels that a sweep and the tear-down find things by.
inline constexpr std::string_view server_label = "open-cicd.server";
inline constexpr std::string_view agent_label = "open-cicd.agent";
inline constexpr std::string_view boot_label = "open-cicd.boot";
inline constexpr std::string_view job_label = "open-cicd.job";
inline constexpr std::string_view attempt_label = "open-cicd.attempt";
boost::json::object labels_of(const runner::JobContext& job);

// An image whose steps may be privileged: as its registry knows it.
struct PrivilegedImage {
  std::string repository;  // "docker", "registry.example.org/group/name"
  std::string digest;      // "sha256:…"
};

struct ContainerPlan {
  std::string name;
  std::string image;  // an id, so that a tag which moves meanwhile changes nothing
  std::string user;   // the image's own; empty is root
  boost::json::object labels;
  Limits limits;
  std::string network;                // a network's name, "none", or "container:ID"
  std::string alias;                  // its name on that network, and its host name; may be empty
  std::vector<std::string> hosts;     // "name:address" lines of its /etc/hosts
  std::optional<std::string> volume;  // mounted at workspace_path; the Engine makes it when it is not there
  std::optional<std::string> folder;  // of the machine, mounted there instead
  bool privileged = false;            // its image is on the administrator's list
  bool owns_workspace = false;        // the first of the job: the workspace becomes its user's
};
boost::json::value create_body(const ContainerPlan& plan);

}  // namespace open_cicd::docker
