// The pipeline files of a working tree, as `lint`, `plan` and `run` find and read them.
#pragma once

#include "base/error.h"
#include "cli/context.h"
#include "workflows/finding.h"
#include "workflows/workflow.h"

#include <string>
#include <vector>

namespace open_cicd::cli {

struct PipelineFile {
  std::string shown;  // as the user wrote it, or as it was found
  workflows::Source source;
};

// `.open-cicd.yml` and `.open-cicd/*.yml` of this folder, in this order. Error: not_found when there is none.
Result<std::vector<std::string>> find_pipeline_files();

// "-" is standard input. Templates are read beside it, from the folder that holds the file or its `.open-cicd`.
Result<PipelineFile> read_pipeline_file(const std::string& path);

// "file:line:column: path: message. hint", one a line, safe to show.
void print_findings(const Context& context, std::ostream& to, bool is_terminal, const PipelineFile& file,
                    const std::vector<workflows::Finding>& findings, std::string_view kind = {});
std::string sentence_of(const workflows::Finding& finding);  // message and hint

}  // namespace open_cicd::cli
