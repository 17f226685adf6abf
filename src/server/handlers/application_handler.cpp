#include "server/handlers/application_handler.h"

#include <utility>

namespace laraman::server {

bool ApplicationHandler::handle(Call& call) {
  backends::application::Request request{call.request(), call.origin()};
  if (const std::unique_ptr<RequestBody> body = call.take_body()) {
    request.body_size = body->size();
    request.body = body->take_bytes();
    request.body_file = body->take_file();
  }
  call.relay([this, &request](backends::application::ResponseHandler& response) {
    return application_.start(std::move(request), response);
  });
  return true;
}

}  // namespace laraman::server
