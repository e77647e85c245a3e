// How entities are shown in events: as the answers to GET show them.
#pragma once

#include "api/routes.h"
#include "events/feed.h"

namespace open_cicd::api {

// Thread-safe. `services` outlives it.
class EventViews final : public events::ViewSource {
 public:
  explicit EventViews(Services& services) : services_(services) {}
  Task<std::vector<events::View>> read(events::Entity::Kind kind, std::vector<Uuid> ids) override;

 private:
  Task<std::vector<events::View>> runs(std::vector<Uuid> ids);
  Task<std::vector<events::View>> jobs(std::vector<Uuid> ids);
  Task<std::vector<events::View>> queue();
  Task<std::vector<events::View>> agents(std::vector<Uuid> ids);

  Services& services_;
};

}  // namespace open_cicd::api
