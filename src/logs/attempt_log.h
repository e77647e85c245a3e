// The logs of one attempt, while it runs and after it ended.
#pragma once

#include "logs/attempt_id.h"
#include "logs/shared.h"
#include "logs/source.h"
#include "logs/step_log.h"

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace open_cicd::logs {

// <directory>/<last two digits of the id>/<id>: the first digits are a time and would put all of today's jobs into one
// folder.
std::filesystem::path job_folder(const std::filesystem::path& directory, JobId job);
std::filesystem::path step_file(const std::filesystem::path& directory, const AttemptId& id, int step);
std::map<int, std::filesystem::path> step_files(const std::filesystem::path& directory,
                                                const AttemptId& id);  // those that exist
std::filesystem::path index_file(const std::filesystem::path& directory, const AttemptId& id, int step);

// An attempt that may still be appended to. Thread-safe.
class AttemptLog final : public Source {
 public:
  AttemptLog(std::shared_ptr<Shared> shared, const AttemptId& id) : shared_(std::move(shared)), id_(id) {}
  // Reads and checks what an earlier process left; blocks, for the pool. Changes nothing on the disk.
  static std::shared_ptr<AttemptLog> recover(std::shared_ptr<Shared> shared, const AttemptId& id);

  std::shared_ptr<StepLog> step(int step);  // made when missing; null while frozen
  std::shared_ptr<StepLog> find(int step) const;
  std::map<int, std::shared_ptr<StepLog>> steps() const;
  void freeze(bool frozen);  // counts: two finishes at once are possible
  std::int64_t bytes() const { return *bytes_; }
  void given_up() { ++generation_; }

  Sizes sizes() const override;
  Piece peek(int step, std::int64_t offset, std::size_t max) const override;
  int generation() const override { return generation_; }
  TimeMarks times_in_memory(int step) const override;
  std::uint64_t serial(int step) const override;

 private:
  const std::shared_ptr<Shared> shared_;
  const AttemptId id_;
  const std::shared_ptr<std::atomic<std::int64_t>> bytes_ = std::make_shared<std::atomic<std::int64_t>>(0);
  std::atomic<int> generation_ = 0;
  mutable std::mutex mutex_;
  std::map<int, std::shared_ptr<StepLog>> steps_;
  int freezes_ = 0;
};

// An attempt that has ended, or has had no byte since the server started: files, and rows of the database. Immutable.
class EndedLog final : public Source {
 public:
  // Opens and walks the files; blocks, for the pool.
  static std::shared_ptr<EndedLog> open_files(Shared& shared, const AttemptId& id);
  void add_row(Shared& shared, int step, std::int64_t size);

  Sizes sizes() const override;
  Piece peek(int step, std::int64_t offset, std::size_t max) const override;

 private:
  struct Step {
    std::shared_ptr<SegmentFile> file;  // null: a row, which is one segment
    std::vector<Segment> segments;
    std::uint64_t serial = 0;
  };
  std::map<int, Step> steps_;
};

}  // namespace open_cicd::logs
