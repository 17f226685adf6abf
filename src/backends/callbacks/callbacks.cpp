#include "backends/callbacks/callbacks.h"

#include <algorithm>

#include "base/escape.h"
#include "base/log.h"
#include "base/try.h"
#include "netsvr.pb.h"
#include "websocket/utf8.h"

namespace laraman::backends::callbacks {
namespace {

namespace netsvr = wire::netsvr;

constexpr const char* kProtobuf = "application/x-protobuf";

// The client learns nothing of what stands behind.
CallbackAnswer failed(ErrorCode why = ErrorCode::kUnavailable) {
  CallbackAnswer answer;
  const bool too_many_wait = why == ErrorCode::kLimit;
  answer.close = too_many_wait ? gateway::Close{1013, "try again later"} : gateway::Close{1011, "internal error"};
  return answer;
}

}  // namespace

Result<std::unique_ptr<Callbacks>> Callbacks::create(net::EventLoop& loop, CallbackOptions options) {
  std::unique_ptr<Callbacks> callbacks(new Callbacks(loop, std::move(options)));
  ASSIGN_OR_RETURN(callbacks->http_, HttpClient::create(loop, callbacks->options_.limits));
  return callbacks;
}

void Callbacks::ask(const gateway::ConnectionId& id, const gateway::ConnectionInfo& info, OnAnswer on_answer) {
  netsvr::ConnOpen message;
  message.set_uniq_id(id.hex());
  message.set_raw_query(websocket::as_utf8(info.request.query()));
  message.set_x_forwarded_for(websocket::as_utf8(info.request.forwarded_for()));
  message.set_x_real_ip(websocket::as_utf8(info.request.real_ip()));
  message.set_remote_addr(std::string(info.request.remote_address()));
  message.set_path(websocket::as_utf8(info.request.path()));
  http_->post({options_.open_url, kProtobuf, kProtobuf, message.SerializeAsString()}, options_.timeout,
              [this, id, on_answer = std::move(on_answer)](Result<HttpClient::Response> response) {
                std::string problem;
                CallbackAnswer answer = response ? read_callback_answer(*response, options_.message_type, problem)
                                                 : failed(response.error().code);
                if (!response) problem = response.error().message();
                if (!problem.empty()) log_failure("open", id, problem);
                on_answer(std::move(answer));
              });
}

void Callbacks::tell_closed(const gateway::Event& event, std::function<void()> done) {
  netsvr::ConnClose message;
  message.set_uniq_id(event.connection.hex());
  message.set_customer_id(event.info->user);
  message.set_session(event.info->session);
  if (event.channels) {
    for (const std::string& channel : *event.channels) message.add_topics(channel);
  }
  message.set_path(websocket::as_utf8(event.info->request.path()));
  message.set_code(event.close_code);
  message.set_reason(websocket::as_utf8(event.data.view()));
  http_->post({options_.close_url, kProtobuf, "", message.SerializeAsString()}, options_.timeout,
              [this, id = event.connection, done = std::move(done)](const Result<HttpClient::Response>& response) {
                if (!response) log_failure("close", id, response.error().message());
                done();
              });
}

// A server that is down would fill the log.
void Callbacks::log_failure(const char* callback, const gateway::ConnectionId& id, const std::string& why) {
  const std::uint64_t times = failures_.admit(loop_.now());
  if (times == 0) return;
  log::error("callback failed callback={} connection={} times={} error={}", callback, id.hex(), times, quote(why));
}

CallbackAnswer read_callback_answer(const HttpClient::Response& response, gateway::MessageType message_type,
                                    std::string& problem) {
  if (response.status != 200) {
    problem = "status " + std::to_string(response.status);
    return failed();
  }
  netsvr::ConnOpenResp message;
  if (!message.ParseFromString(response.body)) {
    problem = "the answer is no ConnOpenResp";
    return failed();
  }
  CallbackAnswer answer;
  answer.allowed = message.allow();
  if (!message.data().empty() || message.data_type() != netsvr::CONFIGURED) {
    gateway::MessageType type = message_type;
    if (message.data_type() == netsvr::TEXT) type = gateway::MessageType::kText;
    if (message.data_type() == netsvr::BINARY) type = gateway::MessageType::kBinary;
    answer.messages.emplace_back(type, message.data());
  }
  if (!answer.allowed) {
    answer.close = {1008, "unauthorized"};
    return answer;
  }
  answer.info.user = std::move(*message.mutable_new_customer_id());
  answer.info.session = std::move(*message.mutable_new_session());
  std::vector<std::string>& channels = answer.channels;
  for (std::string& topic : *message.mutable_new_topics()) {
    const bool known = topic.empty() || std::find(channels.begin(), channels.end(), topic) != channels.end();
    if (!known) channels.push_back(std::move(topic));
  }
  return answer;
}

void CallbackEvents::on_event(gateway::Shard& shard, gateway::Event&& event) {
  Callbacks& callbacks = *callbacks_[shard.index()];
  if (event.kind != gateway::Event::Kind::kClose || !callbacks.tells_of_close()) {
    next_.on_event(shard, std::move(event));
    return;
  }
  auto closed = std::make_shared<gateway::Event>(std::move(event));
  callbacks.tell_closed(*closed, [this, &shard, closed] { next_.on_event(shard, std::move(*closed)); });
}

}  // namespace laraman::backends::callbacks
