#include "agent/journal.h"

#include "base/crypto.h"
#include "base/json.h"
#include "base/log.h"
#include "protocol/message_rules.h"

#include <charconv>
#include <fcntl.h>

namespace open_cicd::agent {
namespace {

// "<crc32c> <length of the JSON>\n<JSON>"
std::string frame(std::string_view text) {
  return fmt::format("{} {}\n{}", format_crc32c(crc32c(text)), text.size(), text);
}

}  // namespace

Result<Journal> Journal::open(const std::filesystem::path& path) {
  Result<File> file = File::open(path, O_RDWR | O_CREAT);
  if (!file) return std::unexpected(std::move(file.error()));
  Journal journal;
  journal.file_ = std::move(*file);
  return journal;
}

Result<void> Journal::record(const JournalEntry& entry) {
  std::string bytes = frame(json::write_text(entry));
  if (bytes == recorded_) return {};
  recorded_.clear();
  if (Result<void> written = file_.write_at(0, bytes); !written) return written;
  recorded_ = std::move(bytes);
  return {};
}

Result<void> Journal::sync() const {
  return file_.sync();
}

Result<void> Journal::clear() {
  recorded_.clear();
  return file_.truncate(0);
}

Result<std::optional<JournalEntry>> Journal::load() const {
  const Result<std::int64_t> size = file_.size();
  if (!size) return std::unexpected(size.error());
  std::string bytes;
  if (Result<void> read = file_.read_at(0, static_cast<std::size_t>(*size), bytes); !read)
    return std::unexpected(std::move(read.error()));
  const std::size_t newline = bytes.find('\n');
  if (newline == std::string::npos) return std::optional<JournalEntry>();
  const std::size_t space = bytes.find(' ');
  std::size_t length = 0;
  if (space < newline) std::from_chars(bytes.data() + space + 1, bytes.data() + newline, length);
  const std::string_view text = std::string_view(bytes).substr(newline + 1, length);
  Result<JournalEntry> entry = json::read_text<JournalEntry>(text, json::Unknown::ignore);
  if (!bytes.starts_with(frame(text)) || !entry) {
    log_warn("the journal holds no complete finish; the server will give that job to another agent");
    return std::optional<JournalEntry>();
  }
  return std::optional(std::move(*entry));
}

}  // namespace open_cicd::agent
