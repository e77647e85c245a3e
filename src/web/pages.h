// The pages for browsers: the files of the single-page application, which are part of the program, and how they are
// served.
#pragma once

#include "http/router.h"

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace open_cicd::web {

struct File {
  std::string_view path;  // "/_app/immutable/entry/start.Bk2v.js"
  std::string_view bytes;
  std::string_view brotli = {}, gzip = {};  // the same, compressed; empty when the build made none
};

// Those of this program; none in a build without web pages.
std::span<const File> embedded_files();

// What stands in index.html of a build for the path under which the server is reached: SvelteKit's `paths.base`.
inline constexpr std::string_view base_placeholder = "/__open_cicd_base__";

// Immutable; thread-safe. The files outlive it.
class Pages {
 public:
  // `base`: the path of the public URL, "" or "/ci". Throws std::logic_error when there are files but no index.html.
  Pages(std::span<const File> files, std::string_view base);

  // GET and HEAD of every path that is none of the API: a file, or else index.html, as the application itself knows its
  // pages. 404 for what is below /api or /_app and not there.
  http::Response answer(const http::Request& request) const;
  // The row for the router.
  http::Route route() const;

 private:
  struct Served {
    std::string_view bytes, brotli, gzip, type;
    std::string tag;
    bool immutable = false;
  };
  http::Response send(const Served& file, const http::Request& request) const;
  void add_index(const File& file, std::string_view base);

  std::map<std::string_view, Served> files_;
  std::string index_, index_gzip_;  // with the base in its place
  std::string policy_;
};

// The Content-Security-Policy for a page: what runs is its own files and the inline scripts that stand in `html`.
std::string policy_for(std::string_view html);

}  // namespace open_cicd::web
