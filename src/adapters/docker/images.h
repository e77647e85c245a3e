// Images: what a reference names, whether it is here, whether its registry has a newer one, and getting it.
#pragma once

#include "adapters/docker/engine.h"
#include "adapters/docker/image_record.h"
#include "runner/executor.h"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::docker {

struct ImageName {
  std::string registry;    // "docker.io" unless the reference names one
  std::string repository;  // "registry:5000/group/name", as written
  std::string tag;         // "latest" unless given; of a digest "sha256:…"
  bool by_digest() const { return tag.starts_with("sha256:"); }
};
// Splits "name", "name:tag", "name@sha256:…" (a tag before a digest counts for nothing, as with Docker). Error: invalid
// "image_pull" for what cannot be one.
Result<ImageName> split_image(std::string_view reference);

// Whether the registry is asked for an image that is here. In this order: of two wishes for one image the later counts.
enum class Pull : std::uint8_t { missing, automatic, always };
Pull pull_of(const std::optional<std::string>& own, const std::optional<std::string>& job);

struct Image {
  std::string id;
  std::string user;
  std::string directory;         // its WORKDIR
  std::vector<std::string> env;  // "NAME=value"
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  protocol::ImageReport report;
};

// The digest by which the registry of `name` knows an image, of its "repository@digest" list; empty when the image was
// made on this machine.
std::string digest_of(const std::vector<std::string>& repo_digests, const ImageName& name);

// The images of one engine. One thread; calls may overlap. The engine outlives it.
class Images {
 public:
  Images(Engine& engine, ImageSettings settings);

  // The image from here or from its registry, as `pull` says; tells so in lines of step −1. Of `logins` that of its
  // registry goes there, and no other. One that is here because another job's login got it is used only when the
  // registry says that this job may have it. Errors: "image_pull" with a message for the user (not found, access
  // denied, registry not reachable), "agent" when the engine does not answer.
  using Logins = std::vector<protocol::RegistryLogin>;
  Task<Result<Image>> get(std::string reference, Pull pull, runner::OutputSink& output, const Logins& logins);

  // As long as it lives, the image is not removed, also while no container uses it.
  using Hold = std::shared_ptr<const std::string>;
  Hold hold(const Image& image);
  // Removes images that were pulled here and are over the limits of age and size. Others, and what a container uses,
  // stay.
  Task<void> remove_unused();

 private:
  struct Request;  // one call of get()
  Task<Result<Image>> keep(const Request& request, std::string how, std::string why);
  Task<Result<void>> ask_for_private(const Request& request);
  Task<Result<Image>> pull(const Request& request);
  Task<Result<Image>> use_old(const Request& request, const Error& why);
  bool is_away(const std::string& registry) const;

  bool is_held(const std::string& id) const;

  Engine& engine_;
  ImageSettings settings_;
  ImageRecord record_;
  std::vector<std::weak_ptr<const std::string>> holds_;
  // Registries that did not answer, and until when they are not asked again for what is here.
  std::map<std::string, std::chrono::steady_clock::time_point> away_until_;
};

}  // namespace open_cicd::docker
