// The settings of `open-cicd server`, and how each reaches the component that uses it.
#pragma once

#include "base/log.h"
#include "base/secret.h"
#include "base/settings.h"
#include "http/server.h"
#include "secrets/keys.h"
#include "server/core.h"

#include <filesystem>
#include <span>
#include <string>

namespace open_cicd::server {

std::span<const SettingDecl> declared_settings();

// What the composition root needs, each part in its component's own struct.
struct ServerConfig {
  std::filesystem::path data;
  Secret database;                         // empty: SQLite under `data`
  std::filesystem::path key_file;          // of the secrets; made at the first start
  std::optional<secrets::Keys> keys = {};  // instead of those of the file
  http::ServerSettings http;
  auth::AuthSettings auth;
  Secret smtp_url;        // empty: no e-mail is sent
  std::string smtp_from;  // "address", or "Name <address>"
  CoreSettings core;
};
// Errors: invalid, naming the setting.
Result<ServerConfig> make_config(const Settings& settings);
// What holds for the whole process: logging, and whether files are flushed.
void apply_process_settings(const Settings& settings);

}  // namespace open_cicd::server
