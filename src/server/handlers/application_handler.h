// ApplicationHandler: the application answers, whatever is asked.
#pragma once

#include "server/handler.h"

namespace laraman::server {

class ApplicationHandler final : public Handler {
 public:
  // `application` outlives this.
  explicit ApplicationHandler(backends::application::Application& application) : application_(application) {}

  bool handle(Call& call) override;

 private:
  backends::application::Application& application_;
};

}  // namespace laraman::server
