#include "web/pages.h"

#include "base/base64.h"
#include "base/crypto.h"
#include "base/log.h"
#include "http/fields.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace open_cicd::web {
namespace {

constexpr std::string_view immutable_folder = "/_app/immutable/";

// A server without pages says so to a browser; nothing else asks for these paths.
constexpr std::string_view no_pages = R"(<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>open-cicd</title><meta name="viewport" content="width=device-width"></head>
<body>
<h1>open-cicd runs here, without its web pages</h1>
<p>This program was built where Node.js 20.19 or newer was missing, so its pages for browsers were left out.
Build it with <code>dev/build</code>, which brings a Node.js when there is none, or install a package that has them.</p>
<p>Everything else works: the command line <code>open-cicd</code>, the agents, and the API below <code>/api/v1</code>.</p>
</body>
</html>
)";

std::string_view type_of(std::string_view path) {
  constexpr auto types = std::to_array<std::pair<std::string_view, std::string_view>>({
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/vnd.microsoft.icon"},
      {".webp", "image/webp"},
      {".woff2", "font/woff2"},
      {".wasm", "application/wasm"},
      {".txt", "text/plain; charset=utf-8"},
  });
  const auto found = std::ranges::find_if(types, [path](const auto& row) { return path.ends_with(row.first); });
  return found == types.end() ? "application/octet-stream" : found->second;
}

std::string bytes_of(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(http::hex_value(hex[i]) * 16 + http::hex_value(hex[i + 1]));
  return bytes;
}

std::string tag_of(std::string_view bytes) {
  return fmt::format("\"{}\"", sha256_hex(bytes).substr(0, 32));
}

std::string replaced(std::string_view text, std::string_view what, std::string_view with) {
  std::string out;
  for (std::size_t from = 0;;) {
    const std::size_t at = text.find(what, from);
    out += text.substr(from, at - from);
    if (at == text.npos) return out;
    out += with;
    from = at + what.size();
  }
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  constexpr int with_gzip_header = 15 + 16;
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, with_gzip_header, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(whole ? stream.total_out : 0);
  deflateEnd(&stream);
  return out;
}

// Whether a client takes the encoding: it stands in the list, and not with q=0.
bool accepts(const http::Request& request, std::string_view encoding) {
  std::string_view list = request.header("Accept-Encoding").value_or("");
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view item = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    if (!http::equals_ignoring_case(http::trim(item.substr(0, semicolon)), encoding)) continue;
    const std::string_view weight = http::trim(item.substr(std::min(semicolon + 1, item.size())));
    return !(weight.starts_with("q=0") && weight.find_first_not_of("0.", 2) == weight.npos);
  }
  return false;
}

bool knows_tag(const http::Request& request, std::string_view tag) {
  const auto known = request.header("If-None-Match");
  return known && (*known == "*" || known->find(tag) != known->npos);
}

std::string_view first_segment(std::string_view path) {
  path.remove_prefix(1);
  return path.substr(0, path.find('/'));
}

bool has_segment(std::string_view path, std::string_view wanted) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    if (http::equals_ignoring_case(path.substr(0, end), wanted)) return true;
    path.remove_prefix(end);
  }
  return false;
}

// What a program asks for and would take a page for an answer to, wherever it stands: a client whose server's address
// has a path too much asks for "/more/api/v1/jobs". A file that is missing is missing, too.
bool is_no_page(std::string_view path) {
  const std::string_view first = first_segment(path);
  return first == "_app" || first.find_first_of(".%\\") != first.npos || has_segment(path, "api");
}

http::Response nothing_here(const http::Request& request) {
  return http::problem(Error(ErrorKind::not_found, "not_found", "There is nothing at this path."), request.request_id);
}

}  // namespace

std::string policy_for(std::string_view html) {
  std::string scripts = "'self'";
  for (std::size_t at = html.find("<script"); at != html.npos; at = html.find("<script", at)) {
    const std::size_t open = html.find('>', at), close = html.find("</script>", at);
    if (open == html.npos || close == html.npos) break;
    const std::string_view attributes = html.substr(at, open - at);
    if (!attributes.contains("src=")) {
      const std::string_view script = html.substr(open + 1, close - open - 1);
      scripts += fmt::format(" 'sha256-{}'", base64(bytes_of(sha256_hex(script))));
    }
    at = close;
  }
  // SvelteKit and Svelte set the style attribute of elements; style sheets are files.
  return fmt::format(
      "default-src 'self'; script-src {}; style-src 'self'; style-src-elem 'self'; style-src-attr 'unsafe-inline'; "
      "img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
      "require-trusted-types-for 'script'",
      scripts);
}

Pages::Pages(std::span<const File> files, std::string_view base) {
  for (const File& file : files) {
    if (file.path == "/index.html")
      add_index(file, base);
    else
      files_[file.path] = {.bytes = file.bytes,
                           .brotli = file.brotli,
                           .gzip = file.gzip,
                           .type = type_of(file.path),
                           .tag = tag_of(file.bytes),
                           .immutable = file.path.starts_with(immutable_folder)};
  }
  if (!files.empty() && index_.empty()) throw std::logic_error("web: the pages have no index.html");
}

void Pages::add_index(const File& file, std::string_view base) {
  index_ = replaced(file.bytes, base_placeholder, base);
  if (!base.empty() && index_ == file.bytes)
    log_warn("the web pages were built for no base path: they will not work below the path of public_url",
             {{"base", base}});
  index_gzip_ = gzip(index_);
  policy_ = policy_for(index_);
  files_["/"] = {.bytes = index_, .brotli = {}, .gzip = index_gzip_, .type = type_of(file.path), .tag = tag_of(index_)};
}

http::Response Pages::send(const Served& file, const http::Request& request) const {
  const bool known = knows_tag(request, file.tag);
  http::Response response = known ? http::Response::empty(304) : http::Response{.content_type = file.type};
  auto& headers = response.headers;
  headers.emplace_back("ETag", file.tag);
  headers.emplace_back("Cache-Control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  headers.emplace_back("Vary", "Accept-Encoding");
  headers.emplace_back("Content-Security-Policy", policy_);
  headers.emplace_back("Referrer-Policy", "same-origin");
  headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  if (known) return response;
  if (!file.brotli.empty() && accepts(request, "br")) {
    headers.emplace_back("Content-Encoding", "br");
    response.body = file.brotli;
  } else if (!file.gzip.empty() && accepts(request, "gzip")) {
    headers.emplace_back("Content-Encoding", "gzip");
    response.body = file.gzip;
  } else {
    response.body = file.bytes;
  }
  return response;
}

http::Response Pages::answer(const http::Request& request) const {
  if (const auto found = files_.find(request.path); found != files_.end()) return send(found->second, request);
  if (is_no_page(request.path)) return nothing_here(request);
  if (const auto index = files_.find("/"); index != files_.end()) return send(index->second, request);
  return {.content_type = "text/html; charset=utf-8", .body = std::string(no_pages)};
}

http::Route Pages::route() const {
  return {
      .method = http::Method::get,
      .pattern = std::string(http::any_other_path),
      .gate = [](const http::Request&) -> Task<Result<std::shared_ptr<const http::Identity>>> { co_return nullptr; },
      .handler = [this](http::Request& request) -> Task<http::Response> { co_return answer(request); }};
}

}  // namespace open_cicd::web
