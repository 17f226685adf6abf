// Admission: decides whether a client gets its WebSocket, by asking the application or an HTTP callback, or always.
//
// For the loop's thread only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backends/application/application.h"
#include "backends/application/socket_handshake.h"
#include "backends/callbacks/callbacks.h"
#include "gateway/shard.h"
#include "http/request.h"
#include "http/response.h"

namespace laraman::server {

// A client that asks for a WebSocket. The references are used within the call only.
struct Applicant {
  const http::Request& request;
  const backends::application::RequestOrigin& origin;
  gateway::ConnectionId id;                  // of the connection to be
  const gateway::ConnectionInfo& described;  // what is known of the client and its request
};

struct Decision {
  enum class Kind {
    kAdmit,
    kRefuse,    // by an HTTP response
    kTurnAway,  // by a WebSocket that is sent `messages` and closes: a page sees nothing of an HTTP response
  };

  Kind kind = Kind::kAdmit;
  // Admitted: what the connection begins with. Of `info` user, session, meta and log-in are set.
  gateway::ConnectionInfo info;
  std::vector<std::string> channels;
  std::vector<gateway::Message> messages;
  std::optional<gateway::Close> close;  // also of a client that is turned away
  http::Headers headers;                // for the 101
  // Refused.
  http::ResponseHead head;
  std::string body;
};

class Admission {
 public:
  using OnDecision = std::function<void(Decision)>;
  // A question that is under way; destroying it gives up the answer.
  class Question {
   public:
    virtual ~Question() = default;
  };

  virtual ~Admission() = default;
  // `on_decision` is called once, within this call or from a later turn; the question may be destroyed afterwards, not
  // within. Null: there is nothing to give up.
  virtual std::unique_ptr<Question> ask(const Applicant& applicant, OnDecision on_decision) = 0;
};

// Admits every client.
class OpenAdmission final : public Admission {
 public:
  std::unique_ptr<Question> ask(const Applicant& applicant, OnDecision on_decision) override;
};

// The application decides, by a request of its own kind. `application` outlives this.
class ApplicationAdmission final : public Admission {
 public:
  explicit ApplicationAdmission(backends::application::Application& application) : application_(application) {}
  std::unique_ptr<Question> ask(const Applicant& applicant, OnDecision on_decision) override;

 private:
  backends::application::Application& application_;
};

// An HTTP server decides, as netsvr asks it. `callbacks` outlives this, and answers what it was asked.
class CallbackAdmission final : public Admission {
 public:
  explicit CallbackAdmission(backends::callbacks::Callbacks& callbacks) : callbacks_(callbacks) {}
  std::unique_ptr<Question> ask(const Applicant& applicant, OnDecision on_decision) override;

 private:
  backends::callbacks::Callbacks& callbacks_;
};

}  // namespace laraman::server
