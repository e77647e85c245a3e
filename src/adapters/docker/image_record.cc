#include "adapters/docker/image_record.h"

#include "base/json.h"
#include "base/log.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace open_cicd::docker {
namespace {

struct Document {
  std::map<std::string, PulledImage> images;
};
BOOST_DESCRIBE_STRUCT(Document, (), (images))

}  // namespace

ImageRecord::ImageRecord(std::filesystem::path file) : file_(std::move(file)) {
  if (file_.empty()) return;
  std::ostringstream text;
  text << std::ifstream(file_, std::ios::binary).rdbuf();
  if (text.str().empty()) return;
  Result<Document> document = json::read_text<Document>(text.str(), json::Unknown::ignore);
  if (document)
    images_ = std::move(document->images);
  else
    log_warn("the record of pulled images cannot be read, so they stay", {{"file", file_.string()}});
}

void ImageRecord::pulled(const std::string& id, PulledImage image) {
  images_[id] = std::move(image);
  save();
}

void ImageRecord::used(const std::string& id, std::int64_t now) {
  const auto found = images_.find(id);
  if (found == images_.end()) return;
  found->second.used_at = now;
  save();
}

bool ImageRecord::is_private(const std::string& id) const {
  const auto found = images_.find(id);
  return found != images_.end() && found->second.with_login.value_or(false);
}

void ImageRecord::is_public(const std::string& id) {
  if (!is_private(id)) return;
  images_.at(id).with_login.reset();
  save();
}

void ImageRecord::forget(const std::string& id) {
  if (images_.erase(id) > 0) save();
}

std::vector<std::pair<std::string, PulledImage>> ImageRecord::to_remove(const ImageSettings& settings,
                                                                        std::int64_t now) const {
  std::vector<std::pair<std::string, PulledImage>> images(images_.begin(), images_.end());
  std::ranges::sort(images, {}, [](const auto& image) { return image.second.used_at; });
  std::int64_t bytes = 0;
  for (const auto& [id, image] : images) bytes += image.bytes;
  std::vector<std::pair<std::string, PulledImage>> chosen;
  for (const auto& [id, image] : images) {
    const bool old = settings.max_age.count() > 0 && now - image.used_at > settings.max_age.count();
    const bool too_much = settings.bytes_max > 0 && bytes > settings.bytes_max;
    if (!old && !too_much) continue;
    chosen.emplace_back(id, image);
    bytes -= image.bytes;
  }
  return chosen;
}

// The file is renamed into place, so that it is never half written. That it may be lost costs a pulled image some disk.
void ImageRecord::save() const {
  if (file_.empty()) return;
  const std::filesystem::path fresh = file_.string() + ".new";
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  out << json::write_text(Document{.images = images_}) << "\n";
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(fresh, file_, error);
  if (!out || error) log_warn("the record of pulled images cannot be written", {{"file", file_.string()}});
}

}  // namespace open_cicd::docker
