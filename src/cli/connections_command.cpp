// `laraman connections`: asks the gateway itself, at its task socket, which the supervisor names.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/escape.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/exit_code.h"
#include "cli/text_table.h"
#include "laraman/business/task_socket.h"
#include "netsvr.pb.h"
#include "wire/netsvr_command.h"

namespace laraman::cli {
namespace {

namespace netsvr = wire::netsvr;

const TextRow kHeading = {"CONNECTION", "ADDRESS", "AGE", "IN", "OUT", "QUEUED"};
constexpr std::size_t kLeft[] = {0, 1};
constexpr std::size_t kAddress = 1;

// The second line of a connection: what clients and applications choose, and its traffic.
std::string note_of(const netsvr::ConnectionsRespItem& item) {
  std::string note = fmt::format("    {} in, {} out", size_text(item.bytes_in()), size_text(item.bytes_out()));
  if (!item.path().empty()) note += "; " + item.path();
  if (!item.customer_id().empty()) note += "; user " + item.customer_id();
  if (item.topics_size() > 0) note += fmt::format("; channels {}", fmt::join(item.topics(), ", "));
  std::replace(note.begin(), note.end(), '\n', ' ');
  std::replace(note.begin(), note.end(), '\t', ' ');
  return cut(escape_controls(note), kTerminalWidth) + "\n";
}

Result<netsvr::ConnectionsResp> ask(const std::string& task_socket) {
  business::TaskSocket socket(task_socket, {});
  const Result<std::string> reply = socket.query(to_id(netsvr::Command::kConnections), "");
  if (!reply) return reply.error();
  netsvr::ConnectionsResp all;
  if (!all.ParseFromString(*reply)) return Error{ErrorCode::kInvalid, "malformed answer", task_socket, ""};
  std::sort(all.mutable_connections()->begin(), all.mutable_connections()->end(),
            [](const auto& one, const auto& other) {
              return std::pair(one.opened_at(), one.uniq_id()) < std::pair(other.opened_at(), other.uniq_id());
            });
  return all;
}

std::string as_json(const netsvr::ConnectionsResp& all) {
  nlohmann::json list = nlohmann::json::array();
  for (const netsvr::ConnectionsRespItem& item : all.connections()) {
    list.push_back({{"id", item.uniq_id()},
                    {"address", item.remote_addr()},
                    {"path", item.path()},
                    {"user", item.customer_id()},
                    {"channels", std::vector<std::string>(item.topics().begin(), item.topics().end())},
                    {"age_seconds", std::max<std::int64_t>(unix_seconds() - item.opened_at(), 0)},
                    {"messages_in", item.messages_in()},
                    {"messages_out", item.messages_out()},
                    {"bytes_in", item.bytes_in()},
                    {"bytes_out", item.bytes_out()},
                    {"queued_bytes", item.queued_bytes()}});
  }
  return nlohmann::json{{"ok", true}, {"connections", std::move(list)}}.dump(2, ' ', false,
                                                                             nlohmann::json::error_handler_t::replace);
}

std::string as_table(const netsvr::ConnectionsResp& all) {
  std::vector<TextRow> rows{kHeading};
  std::vector<std::string> notes{""};
  for (const netsvr::ConnectionsRespItem& item : all.connections()) {
    rows.push_back({item.uniq_id(), item.remote_addr(),
                    age_text(static_cast<double>(std::max<std::int64_t>(unix_seconds() - item.opened_at(), 0))),
                    count_text(item.messages_in()), count_text(item.messages_out()), size_text(item.queued_bytes())});
    notes.push_back(note_of(item));
  }
  return text_table(rows, kLeft, kAddress, notes) + fmt::format("\n{} connections", all.connections_size());
}

int show_connections(const Settings& settings, const Switches& switches) {
  int exit_code = kOk;
  std::optional<supervisor::ControlClient> client = connect(settings, exit_code, switches.json);
  if (!client) return exit_code;
  const std::optional<nlohmann::json> status = ask_status(*client, exit_code);
  if (!status) return exit_code;
  const Result<netsvr::ConnectionsResp> all = ask((*status)["server"].value("task_socket", ""));
  if (!all) {
    complain(all.error().message());
    return kFailure;
  }
  fmt::print("{}\n", switches.json ? as_json(*all) : as_table(*all));
  return kOk;
}

}  // namespace

int connections_command(const Settings& settings, const Switches& switches) {
  return repeat(switches.repeat, [&] { return show_connections(settings, switches); });
}

}  // namespace laraman::cli
