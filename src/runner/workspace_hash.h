// What the expression hash('go.sum', '**/*.lock') is: a digest of files of the workspace. What is there was made by the
// job, so looking at it is bounded and follows no link.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "base/globs.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::runner {

inline constexpr std::uint32_t hash_entries_max = 200'000;               // files and folders that are looked at
inline constexpr std::size_t hash_files_max = 10'000;                    // that match
inline constexpr std::uint64_t hash_bytes_max = std::uint64_t{1} << 30;  // of those together
inline constexpr int hash_depth_max = 100;                               // folders in each other
inline constexpr std::size_t hash_list_bytes_max = 32 << 20;             // of all paths
inline constexpr std::string_view hash_left_out = ".git";                // at the top: it is not what was checked out

// Errors of all of these: invalid "exit" for what the job asked for and cannot have, a sentence without its first
// letter's capital for an expression's message; "agent" for the rest.

// Each a pattern as in `on.push.paths`, relative to the workspace.
Result<Filter> hash_filter(const std::vector<std::string>& patterns);

struct HashedFile {
  std::string path;    // relative to the workspace
  std::string sha256;  // of what is in it, in hexadecimal
};
// The SHA-256 of what `LC_ALL=C sha256sum FILE…` prints of the files in the order of their names' bytes.
Result<std::string> hash_of(std::vector<HashedFile> files, const std::vector<std::string>& patterns);

// Of a workspace that is a folder here. Blocks.
Result<std::string> hash_folder(const std::filesystem::path& workspace, const std::vector<std::string>& patterns);
// The same beside the caller's thread.
Task<Result<std::string>> hash_folder_offloaded(std::filesystem::path workspace, std::vector<std::string> patterns);

std::unexpected<Error> hash_is_too_much(std::string_view what);

}  // namespace open_cicd::runner
