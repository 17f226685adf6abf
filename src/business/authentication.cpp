#include "business/authentication.h"

#include "business/frame_socket.h"
#include "netsvr.pb.h"

namespace laraman::business {

namespace netsvr = wire::netsvr;

std::string authentication(const std::string& secret) {
  netsvr::Authenticate message;
  message.set_secret(secret);
  return message.SerializeAsString();
}

Result<void> check_authentication(const FrameSocket& socket, std::string_view reply) {
  netsvr::AuthenticateResp response;
  if (!response.ParseFromArray(reply.data(), static_cast<int>(reply.size()))) {
    return socket.error(ErrorCode::kInvalid, "the gateway's answer to the secret is malformed");
  }
  if (response.ok()) return {};
  Error refused = socket.error(ErrorCode::kInvalid, "the gateway refuses the secret: " + response.message());
  refused.hint = "it must be the one in the gateway's configuration";
  return refused;
}

}  // namespace laraman::business
