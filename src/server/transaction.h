// Transaction: one request and its response, whatever version of HTTP carries them. The port's router finds the handler
// that answers; what it says is compressed where that is of use, and kept for clients that read slowly.
//
// For the loop's thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backends/application/application.h"
#include "backends/application/exchange.h"
#include "base/clock.h"
#include "base/log_limiter.h"
#include "base/unique_fd.h"
#include "http/content_coding.h"
#include "http/request.h"
#include "http/response.h"
#include "http/static_root.h"
#include "server/handler.h"
#include "server/request_body.h"
#include "server/response_spool.h"

namespace laraman::server {

struct PortContext;

class Transaction final : private Call, private backends::application::ResponseHandler {
 public:
  // What brings the response to the client.
  class Carrier {
   public:
    // First, once. `length`: of the body, where it is known. False: no body may follow (HEAD, 204, 304).
    virtual bool send_head(const http::ResponseHead& head, std::optional<std::uint64_t> length) = 0;
    // The bytes are valid during the call only.
    virtual void send_body(std::string_view bytes) = 0;
    virtual void send_file(std::shared_ptr<const UniqueFd> file, std::uint64_t offset, std::uint64_t length) = 0;
    // Last: the response is complete, or it cannot be completed and the client is to see that. The transaction is
    // destroyed afterwards, not within.
    virtual void send_end() = 0;
    virtual void send_failure() = 0;
    // Bytes that the client has not taken yet. Once they are all gone, call on_drained().
    virtual std::uint64_t unsent() const = 0;

   protected:
    ~Carrier() = default;
  };

  // All outlive the transaction.
  Transaction(PortContext& port, Carrier& carrier, const http::Request& request,
              const backends::application::RequestOrigin& origin);
  // Before the end: the client is gone, and its exchange is given up.
  ~Transaction();

  // The request is here, whole: has it answered.
  void begin(std::unique_ptr<RequestBody> body);
  // A response that is known already.
  void respond(const http::ResponseHead& head, std::string_view body) override;
  void respond_error(int status) override;
  // The same of the application, which may name a file in place of its body.
  void respond_for_application(http::ResponseHead head, std::string_view body);

  void on_drained();
  // Called now and then while the application waits for room: goes on if there is some.
  void try_room();

 private:
  // Call
  const http::Request& request() const override { return request_; }
  const backends::application::RequestOrigin& origin() const override { return origin_; }
  std::unique_ptr<RequestBody> take_body() override { return std::move(body_); }
  void respond_file(http::ResponseHead head, const http::StaticFile& file) override { send_selection(head, file); }
  void relay(const Start& start) override { exchange_ = start(*this); }
  // backends::application::ResponseHandler
  void on_file(UniqueFd file) override { passed_file_ = std::move(file); }
  void on_head(http::ResponseHead head) override;
  void on_body(std::string_view bytes) override;
  void on_end() override;
  void on_failure(backends::application::Failure failure) override;

  void describe_server();
  // A file that the application names instead of a body of its own. False: its answer names none.
  bool send_named_file(http::ResponseHead& head);
  void send_whole_file(http::ResponseHead& head, const http::StaticFile& file);
  void send_selection(http::ResponseHead& head, const http::StaticFile& file);

  http::Coding choose_coding(http::ResponseHead& head, std::optional<std::uint64_t> length) const;
  // Changes the head for a body in that coding. False, and the head is as it was: no memory for an encoder.
  bool encode(http::ResponseHead& head, http::Coding coding);
  bool send_head(const http::ResponseHead& head, std::optional<std::uint64_t> length);
  void send_body(std::string_view bytes);
  // What the application sends: to the client, or behind what the client has not taken yet.
  void forward(std::string_view bytes);
  void hold_back();
  void go_on();
  void send_spooled();
  void send_encoded_file();
  void fail_encoding();
  void end();
  void fail();
  // Of what a response needs; and tells the access log.
  void let_go();
  // Of a request that any client can repeat.
  void log_failure(LogLimiter& limiter, std::string_view what, std::string_view error);
  void write_log();

  PortContext& port_;
  Carrier& carrier_;
  const http::Request& request_;
  const backends::application::RequestOrigin& origin_;
  const TimePoint begun_;
  std::unique_ptr<RequestBody> body_;
  TimePoint answered_{};  // when the application's response began
  std::unique_ptr<backends::application::Exchange> exchange_;
  bool exchange_paused_ = false;
  std::unique_ptr<http::ContentEncoder> encoder_;
  bool streams_ = false;                  // the application gives no length: what it sends is to arrive at once
  std::shared_ptr<const UniqueFd> file_;  // that is being encoded
  std::uint64_t file_offset_ = 0;
  std::uint64_t file_end_ = 0;
  bool ignores_body_ = false;  // of the application
  UniqueFd passed_file_;       // which the worker has sent in place of a body
  std::unique_ptr<ResponseSpool> spool_;
  bool may_spool_ = true;
  bool application_ended_ = false;  // what is left is in the spool
  bool end_waits_ = false;          // all is sent; the worker has not ended its answer
  bool broken_ = false;             // the response has ended before it was complete
  bool ended_ = false;
  int status_ = 0;                // sent; 0: none yet
  std::uint64_t body_bytes_ = 0;  // sent
};

// For carriers: a response ends `missing` bytes before its Content-Length.
void log_short_response(TimePoint now, std::string_view path, std::uint64_t missing);

}  // namespace laraman::server
