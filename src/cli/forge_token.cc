#include "cli/forge_token.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string_view>

namespace open_cicd::cli {

constexpr std::size_t forge_token_bytes_max = 8192;

void free_token_option(CLI::App& verb, ApiOptions& api) {
  verb.remove_option(verb.get_option("--token-file"));
  verb.add_option("--server-token-file", api.token_file,
                  "File with the token of this server [OPEN_CICD_TOKEN, or data/admin.token beside it]");
}

Result<Secret> read_forge_token(const std::string& file) {
  if (file.empty()) return Secret();
  std::ifstream opened;
  if (file != "-") opened.open(file);
  std::istream& in = file == "-" ? std::cin : opened;
  std::string bytes(forge_token_bytes_max + 1, '\0');
  if (in) in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (in.bad() || (in.gcount() == 0 && !in.eof()))
    return fail(ErrorKind::not_found, "no_token_file",
                fmt::format("The file {} with the forge's token cannot be read: {}.", file, std::strerror(errno)));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t begin = std::min(bytes.find_first_not_of(blanks), bytes.size());
  const std::size_t end = bytes.find_last_not_of(blanks);
  Secret token(end == std::string::npos ? "" : bytes.substr(begin, end + 1 - begin));
  wipe(bytes);
  if (token.empty()) return fail(ErrorKind::invalid, "no_token", fmt::format("There is no token in {}.", file));
  return token;
}

}  // namespace open_cicd::cli
