// FileHandler: the files of a folder, with their types, validators and ranges; those that a build has compressed beside
// them (".br", ".gz"), for clients that take them.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "http/static_root.h"
#include "net/event_loop.h"
#include "server/handler.h"

namespace laraman::server {

class FileHandler final : public Handler {
 public:
  static Result<std::unique_ptr<FileHandler>> open(net::EventLoop& loop, std::string directory);

  bool handle(Call& call) override;

 private:
  FileHandler(net::EventLoop& loop, std::string directory, http::StaticRoot root);
  void follow_directory();

  const std::string directory_;
  http::StaticRoot root_;
  net::Timer follow_timer_;
};

}  // namespace laraman::server
