// What an attempt says about itself beside its log: a summary and annotations, which its finish brings.
#pragma once

#include "base/asio.h"
#include "base/id.h"
#include "db/db.h"
#include "protocol/messages.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace open_cicd::jobs {

struct AttemptNotes {
  std::int64_t summary_bytes = 0;
  std::vector<protocol::Annotation> annotations;
};
BOOST_DESCRIBE_STRUCT(AttemptNotes, (), (summary_bytes, annotations))

// What is wrong with them and with the outputs of a finish, beyond what the rules of the message say.
void check_notes(const protocol::StatusRequest& finish, std::vector<FieldError>& errors);
// In the transaction of the finish; nothing when it has none.
Task<void> save_notes(db::Transaction& tx, JobId job, int attempt, const protocol::StatusRequest& finish);
Task<AttemptNotes> load_notes(db::Session& db, JobId job, int attempt);   // empty when there are none
Task<std::string> load_summary(db::Session& db, JobId job, int attempt);  // likewise

}  // namespace open_cicd::jobs
