#include "server/handlers/file_handler.h"

#include <utility>

#include "base/try.h"
#include "http/content_coding.h"
#include "http/content_type.h"
#include "http/http_date.h"

namespace laraman::server {
namespace {

constexpr Duration kFollowInterval = std::chrono::seconds(1);

}  // namespace

Result<std::unique_ptr<FileHandler>> FileHandler::open(net::EventLoop& loop, std::string directory) {
  ASSIGN_OR_RETURN(http::StaticRoot root, http::StaticRoot::open(directory));
  return std::unique_ptr<FileHandler>(new FileHandler(loop, std::move(directory), std::move(root)));
}

FileHandler::FileHandler(net::EventLoop& loop, std::string directory, http::StaticRoot root)
    : directory_(std::move(directory)), root_(std::move(root)), follow_timer_(loop, [this] { follow_directory(); }) {
  follow_timer_.start(kFollowInterval);
}

// A deployment that changes the symbolic link `current` changes the files too, without a restart.
void FileHandler::follow_directory() {
  follow_timer_.start(kFollowInterval);
  if (!root_.is_elsewhere(directory_)) return;
  Result<http::StaticRoot> root = http::StaticRoot::open(directory_);
  if (root) root_ = std::move(*root);
}

bool FileHandler::handle(Call& call) {
  const http::Request& request = call.request();
  if (request.method() != "GET" && request.method() != "HEAD") return false;
  const std::string path = http::resolve_static_path(request.path());
  if (path.empty()) return false;
  Result<http::StaticFile> file = root_.open_file(path);
  if (!file) return false;
  http::ResponseHead head;
  head.headers.add("Content-Type", http::content_type_of(file->name));
  if (http::is_compressible(*head.headers.get("Content-Type"))) {
    const std::string_view accepted = request.header("accept-encoding").value_or("");
    for (bool brotli = true;; brotli = false) {
      const http::Coding coding = http::choose_coding(accepted, true, brotli);
      if (coding == http::Coding::kIdentity) break;
      Result<http::StaticFile> encoded = root_.open_file(path + (coding == http::Coding::kGzip ? ".gz" : ".br"));
      if (encoded) {
        file = std::move(encoded);
        head.headers.add("Content-Encoding", http::name_of(coding));
        head.headers.add("Vary", "Accept-Encoding");
        break;
      }
      if (coding == http::Coding::kGzip) break;
    }
  }
  head.headers.add("ETag", file->etag);
  head.headers.add("Last-Modified", http::format_date(file->last_modified));
  call.respond_file(std::move(head), *file);
  return true;
}

}  // namespace laraman::server
