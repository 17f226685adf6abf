// Handler: answers requests: with files of a folder, with the application's answer, with metrics. One object serves all
// requests of a port.
//
// For the loop's thread only.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "backends/application/application.h"
#include "http/request.h"
#include "http/response.h"
#include "http/static_root.h"
#include "server/request_body.h"

namespace laraman::server {

// A request, and the ways to answer it: exactly one of them is taken, within Handler::handle() or, by relay(), later.
class Call {
 public:
  virtual const http::Request& request() const = 0;
  virtual const backends::application::RequestOrigin& origin() const = 0;
  // The whole body; null without one.
  virtual std::unique_ptr<RequestBody> take_body() = 0;

  // A response that is known now.
  virtual void respond(const http::ResponseHead& head, std::string_view body) = 0;
  virtual void respond_error(int status) = 0;
  // What the request's preconditions and ranges select of a file; of the head's status they decide.
  virtual void respond_file(http::ResponseHead head, const http::StaticFile& file) = 0;
  // The response of an exchange, piece by piece. `start` begins it; the call ends it if the client goes.
  using Start =
      std::function<std::unique_ptr<backends::application::Exchange>(backends::application::ResponseHandler&)>;
  virtual void relay(const Start& start) = 0;

 protected:
  ~Call() = default;
};

class Handler {
 public:
  virtual ~Handler() = default;
  // Answers the call. False: the request is not for this handler, and nothing was done.
  virtual bool handle(Call& call) = 0;
};

}  // namespace laraman::server
