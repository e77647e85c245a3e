// The agent's settings: their table, and how they become AgentSettings.
#pragma once

#include "agent/agent.h"
#include "agent/executors.h"
#include "base/settings.h"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace open_cicd::agent {

std::span<const SettingDecl> setting_declarations();

struct Configured {
  AgentSettings agent;
  std::filesystem::path work_dir = "agent-data";
  ExecutorChoice executors;
};

// What a file holds that is made for one token. Error: invalid, with the flag.
Result<Secret> read_token_file(const std::string& path);

// Errors: invalid, with the flag that is wrong: a server that is missing, or plain http to another machine; a token
// file that cannot be read; a path that a sandbox can't show.
Result<Configured> configure(const Settings& settings);

// Whether what goes to this address stays on this machine.
bool is_local_server(std::string_view server);
// "linux, gpu=a100,ssd" → {linux: "", gpu: "a100", ssd: ""}.
Result<std::map<std::string, std::string>> parse_labels(std::string_view text);

}  // namespace open_cicd::agent
