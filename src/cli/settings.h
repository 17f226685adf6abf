// The settings of a server. Each has one name: --max-requests on the command line, LARAMAN_MAX_REQUESTS in the
// environment, max_requests in laraman.toml. Some belong to a section of the file, which their name begins with:
// --netsvr-heartbeat, LARAMAN_NETSVR_HEARTBEAT, and heartbeat below [netsvr]. In a Laravel application they may stand
// in .env, spelled as in the environment, and in config/laraman.php below "server" (netsvr_heartbeat). The order: the
// command line wins over the environment, then .env, config/laraman.php, laraman.toml, the default.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "cli/application_settings.h"
#include "gateway/message.h"
#include "server/access_log.h"
#include "websocket/deflate_negotiation.h"
#include "wire/netsvr_frame.h"

namespace laraman::cli {

struct Settings {
  // Base path of the application: where artisan is. Default: the current directory, if it is one. Symbolic links in it
  // are kept, so that a reload finds the release that it leads to then.
  std::string app;
  // Runs artisan: a path, or a name in PATH. Default: LARAMAN_ARTISAN_PHP, by which artisan names the one that it runs
  // in itself; else "php".
  std::string php;
  std::string script;    // what each PHP worker runs. Default: the worker of the Laravel package
  std::string entry;     // in place of a Laravel application: a file that returns a callable for requests
  bool classic = false;  // `entry` is run again for each request
  std::string config;    // file of settings. Default: laraman.toml in the application, if there is one

  std::string host = "127.0.0.1";    // or "unix:/path"
  unsigned socket_mode = 0660;       // permissions of that file
  std::uint16_t port = 8000;         // 0: any free one
  unsigned loops = 0;                // event loops of the gateway; "auto" (0): one for each core
  std::uint32_t workers = 0;         // PHP workers; "auto" (0): two for each core
  std::uint32_t max_workers = 0;     // of "2..8", the 8; 0: no more than `workers`
  std::uint32_t socket_workers = 0;  // further workers, for socket events only; 0: all take all
  std::string public_dir;            // static files ("public"). Default: public/ of the application; without one, none

  std::string user;         // of a server that root starts. Default: root
  std::string group;        // Default: that user's
  std::string runtime_dir;  // sockets between the processes. Default: storage/framework/laraman of the application
  std::string pid_file;     // Default: storage/laraman.pid of the application
  std::string log_file;     // with --daemon. Default: storage/logs/laraman.log of the application
  std::vector<std::string> watch_path;  // with --watch; from the application's directory. Default: Laravel's code
  std::string worker_socket;            // address of the worker port. Default: worker.sock in the runtime directory
  std::string task_socket;              // address of the task port. Default: task.sock in the runtime directory

  Duration heartbeat = std::chrono::seconds(25);  // between pings to clients; 0: off
  std::string heartbeat_message;                  // a client's text that only shows that it is there
  std::uint64_t max_message_bytes = 1 << 20;
  std::string metrics_listen;                   // where /metrics is served; empty: nowhere
  std::optional<std::uint32_t> netsvr_metrics;  // bit n: item n of netsvr's Metrics command. Default: all
  std::uint64_t max_connections = 0;            // open at once; 0: no limit
  std::uint64_t max_waiting_closes = 100'000;   // close events that wait; above it, handshakes are refused
  std::uint32_t limit_opens = 0;                // a second; 0: no limit
  std::uint32_t limit_messages = 0;             // of all clients, a second; 0: no limit
  std::uint32_t limit_window_messages = 0;      // of one connection, in each window; 0: no limit
  Duration limit_window = std::chrono::seconds(1);
  std::uint32_t limit_first_messages = 0;    // of one connection, before its first window
  bool limit_closes = false;                 // a client whose message is over a limit
  std::vector<std::string> allow_origin;     // besides the same origin
  bool application = false;                  // "upstream": PHP workers answer requests and handshakes
  std::vector<std::string> websocket_path;   // "/netsvr", "/app/*"; none: every path
  std::vector<std::string> tls_certificate;  // PEM files; the first is the default
  std::vector<std::string> tls_key;          // of each; none: in the certificates' files
  std::vector<std::string> proxy_trusted;    // networks of proxies whose word on the client counts
  std::vector<std::string> subprotocol;      // answered where the application names none
  websocket::CompressionOptions compression;
  // Of a request's head; above them 414 and 431.
  std::uint64_t max_request_line_bytes = 8 * 1024;
  std::uint64_t max_header_bytes = 64 * 1024;
  std::uint64_t max_headers = 128;
  std::uint64_t max_body_bytes = std::uint64_t{2} << 30;  // of a request; above it 413
  std::string body_dir = "/tmp";                          // of the temporary files of large bodies
  std::uint64_t spool_memory_bytes = 64 * 1024;        // of a response that its client has not taken; above it a file
  std::uint64_t spool_bytes = std::uint64_t{1} << 30;  // of that file; above it the worker waits for the client
  std::uint64_t spool_total_bytes = std::uint64_t{4} << 30;  // of all such files; above it the slowest client has to go
  bool http_compression = true;                              // of responses whose type makes it worth while
  std::uint64_t http_compression_threshold = 1024;           // bytes; shorter ones are not
  int http_compression_level = 4;
  std::vector<std::string> sendfile;  // "/uri/=/directory" or "/directory". Default: storage/app of the application
  server::AccessLog::Format access_log = server::AccessLog::Format::kOff;
  std::string access_log_file;  // "-": standard output. Default: storage/logs/access.log of the application
  bool proxy_protocol = false;  // connections begin with a PROXY header
  std::string callback_open;    // URLs; empty: none
  std::string callback_close;
  Duration callback_timeout = std::chrono::seconds(5);
  Duration queue_timeout = std::chrono::seconds(30);     // of a request that waits for a free worker; then 503
  Duration stop_timeout = std::chrono::seconds(10);      // of a graceful stop; 0: at once
  Duration start_timeout = std::chrono::seconds(60);     // for gateway and workers to be ready
  Duration role_timeout = std::chrono::seconds(30);      // a gateway or pool silent for longer is replaced; 0: never
  std::uint64_t max_requests = 0;                        // a worker is replaced after this number of jobs; 0: never
  std::uint64_t max_memory = 0;                          // MiB of its own above which it is; 0: never
  Duration max_time = std::chrono::seconds(60);          // that a job may last; 0: for ever
  Duration abort_grace = std::chrono::seconds(10);       // that it may go on writing after its client has gone
  std::vector<std::pair<std::string, std::string>> ini;  // php.ini settings of the workers
  log::Level log_level = log::Level::kInfo;

  std::string gateway_id;  // "IPv4:port", the address in connection ids. Default: that of the task port

  // Businesses that speak the netsvr protocol.
  std::string netsvr_worker_listen;                               // a further worker port, "host:port"
  std::string netsvr_task_listen;                                 // a further task port
  Duration netsvr_read_timeout = std::chrono::seconds(120);       // for the next whole frame over TCP; 0: for ever
  std::string netsvr_heartbeat{wire::netsvr::kDefaultHeartbeat};  // text of a business's heartbeat; empty: none
  std::string netsvr_task_heartbeat;                              // at the task ports; empty: the same
  Duration netsvr_affinity_timeout = std::chrono::seconds(5);  // of connections at a business without acknowledgement
  std::uint64_t netsvr_max_frame_bytes = wire::netsvr::kDefaultFrameLimit;
  gateway::MessageType netsvr_message_type = gateway::MessageType::kText;  // of what a business sends without saying it
  unsigned netsvr_protocol = 6;                                            // what businesses on TCP speak
  std::string netsvr_secret;              // that they say first; empty: none. Never on a command line
  std::string netsvr_secret_file;         // where it stands, unless it is given
  std::vector<std::string> netsvr_allow;  // networks that they may come from; none: all

  std::string netsvr_log_file;        // of a gateway that runs alone. Default: standard error
  std::string netsvr_config;          // a netsvr.toml, whose values count where nothing else is given
  std::vector<std::string> warnings;  // what is to be said of it

  std::string laravel_version;  // as the application has said; empty: not known
  std::string php_version;      // of the PHP that runs artisan: the same
};

// Commands that take a setting on their command line, as bits.
enum Commands : unsigned {
  kStart = 1,  // start and restart
  kStop = 2,
  kReload = 4,
  kStatus = 8,
  kGateway = 16,
  kPhp = 32,
  kLogs = 64,
  kControl = kStop | kReload | kStatus | kLogs,  // a server that runs
};

// How the text of a setting becomes a field, and back. What `get` returns, `set` takes.
struct Access {
  // Sets it, or adds to it. Relative paths are relative to `directory`. The error is without a subject.
  Result<void> (*set)(Settings& settings, const std::string& value, const std::string& directory);
  // Its values; none where it is empty.
  std::vector<std::string> (*get)(const Settings& settings);
};

// One setting as the outside sees it.
struct Setting {
  const char* name;   // of the flag
  unsigned commands;  // a set of Commands
  const char* value;  // what stands behind the flag: "N"
  const char* help;
  bool is_list = false;  // may be given several times; in the environment its values are separated by spaces
  Access access;
  bool in_environment = true;
  bool is_secret = false;  // no flag, since others may see command lines; never shown
};

const std::vector<Setting>& all_settings();

// False for those that say where the file is.
bool may_stand_in_file(const Setting& setting);
// The section of laraman.toml that the setting is in, "netsvr"; empty for those above all sections.
std::string section_of(const Setting& setting);
// Its key there: "heartbeat" of "netsvr-heartbeat", "max_requests" of "max-requests".
std::string key_of(const Setting& setting);
// "[netsvr] heartbeat" or "max_requests".
std::string place_in_file(const Setting& setting);
// "max_requests": the key below "server" in config/laraman.php.
std::string config_key_of(const Setting& setting);
// "LARAMAN_MAX_REQUESTS" of "max-requests".
std::string variable_of(const Setting& setting);

// What was given on the command line: name of the setting -> values.
using Given = std::map<std::string, std::vector<std::string>>;

// The current directory as the shell shows it, with the symbolic links by which it was entered.
std::string current_directory();

// Takes all sources together, and fills in the defaults that depend on others. Relative paths of flags and variables
// start at `directory`. An error names the flag, the variable or the file and key, as it was written.
Result<Settings> resolve_settings(const Given& given, const ApplicationSettings& application = {},
                                  const std::string& directory = current_directory());

// Whether there is an application that can be asked for its settings.
bool has_application(const Settings& settings);

// Whether a reload applies the setting: what is for PHP workers alone, which a reload replaces.
bool applies_at_reload(const Setting& setting);

// The settings that `path` has: read by resolve_settings(), separate for tests. An unknown section or key is an error
// that names the nearest one.
Result<Given> read_settings_file(const std::string& path);

// The settings that the command (one of Commands) has, as a laraman.toml.
std::string to_toml(const Settings& settings, unsigned command);

// Numbers for "auto".
unsigned loops_of(const Settings& settings);
std::uint32_t workers_of(const Settings& settings);
// How many there may be at once, all kinds together.
std::uint32_t max_workers_of(const Settings& settings);

// A time limit that is never reached.
inline constexpr Duration kNoLimit = std::chrono::seconds(100'000'000);

// How a role that the supervisor starts gets its settings: `laraman gateway --port 8000 …`, `laraman-php8.2 --app …`.
std::vector<std::string> gateway_arguments(const Settings& settings);
std::vector<std::string> php_arguments(const Settings& settings);

}  // namespace laraman::cli
