// The texts of a workflow and its templates, to say where inside of a value something stands.
#pragma once

#include "pipelines/decode.h"
#include "pipelines/node.h"
#include "workflows/finding.h"

#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::workflows {

class SourceTexts {
 public:
  int add(std::string path, std::string text);  // the number for compose_yaml()
  const std::string& path(int file) const { return files_.at(static_cast<std::size_t>(file)).path; }

  // Of the byte at `offset` of a scalar's value; of the scalar itself where quotes or folding hide it.
  pipelines::Position inside(const pipelines::Node& scalar, std::size_t offset) const;

  std::vector<Finding> findings(pipelines::Problems& problems) const;

 private:
  struct File {
    std::string path, text;
    std::vector<std::size_t> lines;  // where each begins
  };
  std::string_view line(int file, int number) const;

  std::vector<File> files_;
};

}  // namespace open_cicd::workflows
