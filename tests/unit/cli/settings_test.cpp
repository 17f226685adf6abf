#include "cli/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace laraman::cli {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;

// In a directory of its own that is an application, without a LARAMAN_… variable of the outside.
class SettingsTest : public testing::Test {
 protected:
  SettingsTest() : before_(fs::current_path()) {
    std::string name = (fs::temp_directory_path() / "laraman-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    app_ = fs::canonical(name).string();
    fs::current_path(app_);
    write("artisan", "");
    for (const Setting& setting : all_settings()) ::unsetenv(variable_of(setting).c_str());
    ::unsetenv("PWD");
  }
  ~SettingsTest() override {
    for (const Setting& setting : all_settings()) ::unsetenv(variable_of(setting).c_str());
    fs::current_path(before_);
    fs::remove_all(app_);
  }

  void write(const std::string& name, const std::string& text) const { std::ofstream(app_ + "/" + name) << text; }

  std::string complaint(const Given& given = {}) const {
    const Result<Settings> settings = resolve_settings(given);
    return settings ? "" : settings.error().message();
  }

  std::string app_;
  const fs::path before_;
};

TEST_F(SettingsTest, HaveDefaultsInTheApplication) {
  const Result<Settings> settings = resolve_settings({});
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings->app, app_);
  EXPECT_EQ(settings->server.runtime_dir, app_ + "/storage/framework/laraman");
  EXPECT_EQ(settings->server.pid_file, app_ + "/storage/laraman.pid");
  EXPECT_EQ(settings->server.log_file, app_ + "/storage/logs/laraman.log");
  EXPECT_EQ(settings->gateway.listen.port, 8000);
  EXPECT_GE(loops_of(*settings), 1U);
  EXPECT_EQ(workers_of(*settings), 2 * loops_of(*settings));
}

TEST_F(SettingsTest, KnowNoApplicationWhereThereIsNoArtisan) {
  fs::remove("artisan");
  EXPECT_EQ(resolve_settings({})->app, "");
  EXPECT_EQ(resolve_settings({{"app", {"."}}})->app, app_);
}

TEST_F(SettingsTest, OfTheCommandLineWinOverEnvironmentOverFile) {
  write("laraman.toml", "port = 1001\nhost = \"10.0.0.1\"\nworkers = 3\n");
  EXPECT_EQ(resolve_settings({})->gateway.listen.port, 1001);
  ::setenv("LARAMAN_PORT", "1002", 1);
  ::setenv("LARAMAN_HOST", "10.0.0.2", 1);
  EXPECT_EQ(resolve_settings({})->gateway.listen.port, 1002);
  const Result<Settings> settings = resolve_settings({{"port", {"1003"}}});
  EXPECT_EQ(settings->gateway.listen.port, 1003);
  EXPECT_EQ(settings->gateway.listen.host, "10.0.0.2");
  EXPECT_EQ(settings->pool.workers, 3U);
}

// Each source wins over those that were there before it.
TEST_F(SettingsTest, HaveOneOrder) {
  EXPECT_EQ(resolve_settings({})->gateway.listen.port, 8000);
  write("laraman.toml", "port = 1001\n");
  EXPECT_EQ(resolve_settings({})->gateway.listen.port, 1001);
  ApplicationSettings application;
  application.config["port"] = 1002;
  EXPECT_EQ(resolve_settings({}, application)->gateway.listen.port, 1002);
  application.dotenv["LARAMAN_PORT"] = "1003";
  EXPECT_EQ(resolve_settings({}, application)->gateway.listen.port, 1003);
  ::setenv("LARAMAN_PORT", "1004", 1);
  EXPECT_EQ(resolve_settings({}, application)->gateway.listen.port, 1004);
  EXPECT_EQ(resolve_settings({{"port", {"1005"}}}, application)->gateway.listen.port, 1005);
}

TEST_F(SettingsTest, OfTheApplicationAreReadAsTheyAreWritten) {
  ApplicationSettings application;
  application.config = {{"allow_origin", {"https://a", "https://b c"}},
                        {"ini", {{"memory_limit", "1G"}, {"opcache.enable", true}}},
                        {"netsvr_heartbeat", "beat"},
                        {"netsvr_secret", 12345},
                        {"http_compression", false},
                        {"proxy_trusted", {{"0", "10.0.0.0/8"}, {"2", "::1"}}},
                        {"tls_key", "keys/a.pem"}};
  application.dotenv = {{"LARAMAN_TLS_CERTIFICATE", "a.pem  b.pem"},
                        {"LARAMAN_HOST", ""},
                        {"LARAMAN_APP", "/elsewhere"},
                        {"LARAMAN_INI", "x=y"},
                        {"LARAMAN_OF_ANOTHER_PROGRAM", "1"}};
  const Result<Settings> settings = resolve_settings({}, application);
  ASSERT_TRUE(settings.ok()) << settings.error().message();
  EXPECT_THAT(settings->gateway.port.allowed_origins, ElementsAre("https://a", "https://b c"));
  EXPECT_THAT(settings->pool.ini,
              ElementsAre(testing::Pair("memory_limit", "1G"), testing::Pair("opcache.enable", "1")));
  EXPECT_EQ(settings->gateway.business.heartbeat, "beat");
  EXPECT_EQ(settings->gateway.business.secret, "12345");
  EXPECT_THAT(settings->gateway.port.trusted_proxies.texts(), ElementsAre("10.0.0.0/8", "::1"));
  EXPECT_FALSE(settings->gateway.port.compression);
  EXPECT_THAT(settings->gateway.tls.keys, ElementsAre(app_ + "/keys/a.pem"));
  EXPECT_THAT(settings->gateway.tls.certificates, ElementsAre(app_ + "/a.pem", app_ + "/b.pem"));
  EXPECT_EQ(settings->gateway.listen.host, "127.0.0.1");
  EXPECT_EQ(settings->app, app_);
}

TEST_F(SettingsTest, OfTheApplicationThatAreWrongNameTheirPlace) {
  const auto complaint_of = [](const ApplicationSettings& application) {
    return resolve_settings({}, application).error().message();
  };
  EXPECT_EQ(complaint_of({.config = {{"max_request", 5}}}),
            app_ + "/config/laraman.php: server.max_request: unknown setting (did you mean max_requests?)");
  EXPECT_THAT(complaint_of({.config = {{"app", "/srv"}}}), HasSubstr("server.app: unknown setting"));
  EXPECT_THAT(complaint_of({.config = {{"port", "x"}}}), HasSubstr("config/laraman.php: server.port: \"x\" is not"));
  EXPECT_THAT(complaint_of({.dotenv = {{"LARAMAN_PORT", "x"}}}), HasSubstr("/.env: LARAMAN_PORT: \"x\" is not"));
}

// The same value of the wrong type in both files that have types.
TEST_F(SettingsTest, HaveTheTypeOfTheirValue) {
  const struct {
    const char* key;
    const char* value;  // in JSON and in TOML
    const char* message;
  } cases[] = {
      {"port", "true", "\"true\" is not a number from 0 to 65535"},
      {"port", "80.5", "\"80.5\" is not a number from 0 to 65535"},
      {"port", "[8000]", "is a single value"},
      {"port", R"(["1", "2"])", "is a single value"},
      {"loops", "false", "\"false\" is not a number from 1 to 255 or auto"},
      {"workers", "true", "\"true\" is not a number from 1 to 1000, a range such as 2..8, or auto"},
      {"heartbeat", "true", "\"true\" is not a number of seconds"},
      {"access_log", "true", "\"true\" is not off, common or json"},
      {"log_level", "3", "\"3\" is not debug, info, warning or error"},
      {"classic", "2", "\"2\" is not on or off"},
      {"host", "true", "true is not a text"},
      {"host", "5", "5 is not a text"},
      {"runtime_dir", "7", "7 is not a text"},
      {"allow_origin", "[true]", "true is not a text"},
      {"allow_origin", R"([["a"]])", "not a text, a number, true, false, or a list of them"},
      {"watch_path", "[1]", "1 is not a text"},
  };
  for (const auto& c : cases) {
    const ApplicationSettings application{.config = {{c.key, nlohmann::json::parse(c.value)}}};
    EXPECT_EQ(resolve_settings({}, application).error().message(),
              app_ + "/config/laraman.php: server." + c.key + ": " + c.message);
    write("laraman.toml", std::string(c.key) + " = " + c.value + "\n");
    EXPECT_THAT(complaint(), testing::StartsWith(app_ + "/laraman.toml:"));
    EXPECT_THAT(complaint(), testing::EndsWith(std::string(" ") + c.key + ": " + c.message));
    write("laraman.toml", "");
  }
}

TEST_F(SettingsTest, OfTheApplicationMayNameTheFile) {
  write("other.toml", "port = 1001\n");
  EXPECT_EQ(resolve_settings({}, {.dotenv = {{"LARAMAN_CONFIG", "other.toml"}}})->gateway.listen.port, 1001);
}

// What the application calls by its release is called by the link that leads there today.
TEST_F(SettingsTest, KeepTheLinkInPlacesThatTheApplicationNames) {
  fs::create_directories(app_ + "/releases/1");
  write("releases/1/artisan", "");
  fs::create_directory_symlink("releases/1", app_ + "/current");
  const std::string release = app_ + "/releases/1";
  const std::string current = app_ + "/current";
  const ApplicationSettings application{.config = {{"pid_file", release + "/storage/my.pid"}},
                                        .storage_path = release + "/data",
                                        .public_path = release + "/web"};
  const Result<Settings> settings = resolve_settings({{"app", {"current"}}}, application);
  ASSERT_TRUE(settings.ok()) << settings.error().message();
  EXPECT_EQ(settings->server.pid_file, current + "/storage/my.pid");
  EXPECT_EQ(settings->server.runtime_dir, current + "/data/framework/laraman");
  EXPECT_EQ(settings->server.log_file, current + "/data/logs/laraman.log");
  EXPECT_EQ(settings->gateway.port.public_directory, current + "/web");
  EXPECT_EQ(
      resolve_settings({{"app", {"current"}}}, {.public_path = release + "/public"})->gateway.port.public_directory,
      "");
}

TEST_F(SettingsTest, NameThePhpThatRunsArtisan) {
  EXPECT_EQ(resolve_settings({})->server.php, "php");
  ::setenv("LARAMAN_ARTISAN_PHP", "/usr/bin/php8.2", 1);
  EXPECT_EQ(resolve_settings({})->server.php, "/usr/bin/php8.2");
  write("laraman.toml", "php = \"php8.3\"\n");
  EXPECT_EQ(resolve_settings({})->server.php, "php8.3");
  ::unsetenv("LARAMAN_ARTISAN_PHP");
}

TEST_F(SettingsTest, OfAListAreReplacedAsAWhole) {
  write("laraman.toml", "allow_origin = [\"https://file\"]\n");
  EXPECT_THAT(resolve_settings({})->gateway.port.allowed_origins, ElementsAre("https://file"));
  ::setenv("LARAMAN_ALLOW_ORIGIN", "https://a  https://b", 1);
  EXPECT_THAT(resolve_settings({})->gateway.port.allowed_origins, ElementsAre("https://a", "https://b"));
  EXPECT_THAT(resolve_settings({{"allow-origin", {"https://c", "https://d"}}})->gateway.port.allowed_origins,
              ElementsAre("https://c", "https://d"));
}

TEST_F(SettingsTest, IgnoreAnEmptyVariable) {
  ::setenv("LARAMAN_PORT", "", 1);
  EXPECT_EQ(resolve_settings({})->gateway.listen.port, 8000);
}

TEST_F(SettingsTest, ReadEachKindOfValue) {
  write("laraman.toml", R"(
workers = "auto"
heartbeat = 2.5
stop_timeout = 0
max_message_bytes = 4096
log_level = "debug"
task_socket = "tcp://127.0.0.1:6061"
worker_socket = "run/worker.sock"

[ini]
memory_limit = "256M"
display_errors = true
precision = 14
)");
  const Result<Settings> settings = resolve_settings({});
  ASSERT_TRUE(settings.ok()) << settings.error().message();
  EXPECT_EQ(settings->pool.workers, 0U);
  EXPECT_EQ(settings->gateway.shard.heartbeat, std::chrono::milliseconds(2500));
  EXPECT_EQ(settings->gateway.stop_timeout, Duration{});
  EXPECT_EQ(settings->gateway.websocket.max_message_bytes, 4096U);
  EXPECT_EQ(settings->log.level, log::Level::kDebug);
  EXPECT_EQ(settings->gateway.task_socket, "127.0.0.1:6061");
  EXPECT_EQ(settings->gateway.worker_socket, app_ + "/run/worker.sock");
  EXPECT_THAT(settings->pool.ini,
              testing::UnorderedElementsAre(testing::Pair("memory_limit", "256M"), testing::Pair("display_errors", "1"),
                                            testing::Pair("precision", "14")));
}

TEST_F(SettingsTest, ResolvePathsFromWhereTheyAreWritten) {
  fs::create_directory("conf");
  write("conf/laraman.toml", "public = \"web\"\n");
  const Result<Settings> settings =
      resolve_settings({{"config", {"conf/laraman.toml"}}, {"pid-file", {"x/../my.pid"}}});
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings->gateway.port.public_directory, app_ + "/conf/web");
  EXPECT_EQ(settings->server.pid_file, app_ + "/my.pid");
}

TEST_F(SettingsTest, KeepTheLinkByWhichTheApplicationWasNamed) {
  fs::create_symlink(app_, app_ + "/current");
  EXPECT_EQ(resolve_settings({{"app", {"current/"}}})->app, app_ + "/current");
  fs::current_path("current");
  ::setenv("PWD", (app_ + "/current").c_str(), 1);
  EXPECT_EQ(resolve_settings({})->app, app_ + "/current");
  ::setenv("PWD", "/usr", 1);  // a lie
  EXPECT_EQ(resolve_settings({})->app, app_);
}

TEST_F(SettingsTest, TakeTheDirectoryOfAScriptForItsApplication) {
  fs::remove("artisan");
  EXPECT_EQ(resolve_settings({{"script", {"bin/worker.php"}}})->app, app_ + "/bin");
}

TEST_F(SettingsTest, NameAnUnknownKeyItsLineAndTheNearest) {
  write("laraman.toml", "port = 8000\nmax_request = 5\n");
  EXPECT_EQ(complaint(), app_ + "/laraman.toml:2: unknown setting max_request (did you mean max_requests?)");
  write("laraman.toml", "app = \"/srv\"\n");
  EXPECT_THAT(complaint(), HasSubstr("unknown setting app"));
}

TEST_F(SettingsTest, AreInTheSectionThatTheirNameBeginsWith) {
  write("laraman.toml", "port = 1001\n[netsvr]\nheartbeat = \"beat\"\ntask_listen = \"127.0.0.1:6062\"\n");
  Result<Settings> settings = resolve_settings({});
  ASSERT_TRUE(settings.ok()) << settings.error().message();
  EXPECT_EQ(settings->gateway.business.heartbeat, "beat");
  EXPECT_EQ(settings->gateway.netsvr_task_address, "127.0.0.1:6062");
  ::setenv("LARAMAN_NETSVR_HEARTBEAT", "louder", 1);
  EXPECT_EQ(resolve_settings({})->gateway.business.heartbeat, "louder");
  EXPECT_EQ(resolve_settings({{"netsvr-heartbeat", {"loudest"}}})->gateway.business.heartbeat, "loudest");
}

TEST_F(SettingsTest, NameTheNearestSectionAndKey) {
  const struct {
    const char* file;
    const char* message;
  } cases[] = {
      {"[netsrv]\nheartbeat = \"\"\n", ":1: unknown section [netsrv] (did you mean [netsvr]?)"},
      {"[netsvr]\nhartbeat = \"\"\n", ":2: unknown setting [netsvr] hartbeat (did you mean [netsvr] heartbeat?)"},
      {"[netsvr]\nport = 1\n", ":2: unknown setting [netsvr] port (did you mean port?)"},
      {"netsvr_heartbeat = \"\"\n", ":1: unknown setting netsvr_heartbeat (did you mean [netsvr] heartbeat?)"},
      {"netsvr = 5\n", ":1: unknown setting netsvr"},
      {"[netsvr.heartbeat]\n", ":1: [netsvr] heartbeat: is a single value"},
  };
  for (const auto& c : cases) {
    write("laraman.toml", c.file);
    EXPECT_THAT(complaint(), testing::StartsWith(app_ + "/laraman.toml" + c.message));
  }
  write("laraman.toml", "[netsvr]\nread_timeout = \"x\"\n");
  EXPECT_THAT(complaint(), HasSubstr("/laraman.toml: [netsvr] read_timeout: \"x\""));
}

TEST_F(SettingsTest, NameTheLineOfAFileThatIsNoToml) {
  write("laraman.toml", "port = 8000\nhost = \n");
  EXPECT_THAT(complaint(), HasSubstr("/laraman.toml:2: "));
  EXPECT_THAT(complaint({{"config", {"no-such.toml"}}}), HasSubstr("no-such.toml"));
}

TEST_F(SettingsTest, NameWhereAWrongValueStands) {
  const struct {
    const char* name;
    const char* value;
    const char* message;
  } cases[] = {
      {"port", "80x", "--port: \"80x\" is not a number from 0 to 65535"},
      {"port", "65536", "--port: \"65536\" is not a number from 0 to 65535"},
      {"port", "-1", "--port: \"-1\" is not a number from 0 to 65535"},
      {"workers", "0", "--workers: \"0\" is not a number from 1 to 1000, a range such as 2..8, or auto"},
      {"loops", "256", "--loops: \"256\" is not a number from 1 to 255 or auto"},
      {"heartbeat", "soon", "--heartbeat: \"soon\" is not a number of seconds"},
      {"heartbeat", "nan", "--heartbeat: \"nan\" is not a number of seconds"},
      {"max-requests", "", "--max-requests: \"\" is not a number of at least 0"},
      {"log-level", "loud", "--log-level: \"loud\" is not debug, info, warning or error"},
      {"netsvr-message-type", "json", "--netsvr-message-type: \"json\" is not text or binary"},
      {"compression-mode", "on", "--compression-mode: \"on\" is not off, shared or context"},
      {"compression-window-bits", "8", "--compression-window-bits: \"8\" is not a number from 9 to 15"},
      {"proxy-trusted", "here", "--proxy-trusted: \"here\" is not an IP address or network such as 10.0.0.0/8"},
      {"ini", "memory_limit", "--ini: \"memory_limit\" is not of the form name=value"},
  };
  for (const auto& c : cases) EXPECT_EQ(complaint({{c.name, {c.value}}}), c.message);

  ::setenv("LARAMAN_PORT", "x", 1);
  EXPECT_THAT(complaint(), HasSubstr("LARAMAN_PORT: \"x\""));
  ::unsetenv("LARAMAN_PORT");
  write("laraman.toml", "stop_timeout = \"x\"\n");
  EXPECT_THAT(complaint(), HasSubstr("/laraman.toml: stop_timeout: \"x\""));
  write("laraman.toml", "port = [1, 2]\n");
  EXPECT_THAT(complaint(), HasSubstr("/laraman.toml:1: port: is a single value"));
}

TEST_F(SettingsTest, SayHowMessagesAreCompressed) {
  EXPECT_EQ(resolve_settings({})->gateway.websocket.compression.mode, websocket::CompressionMode::kOff);
  const websocket::CompressionOptions compression = resolve_settings({{"compression-mode", {"shared"}},
                                                                      {"compression-level", {"9"}},
                                                                      {"compression-threshold", {"0"}},
                                                                      {"compression-window-bits", {"10"}}})
                                                        ->gateway.websocket.compression;
  EXPECT_EQ(compression.mode, websocket::CompressionMode::kShared);
  EXPECT_EQ(compression.level, 9);
  EXPECT_EQ(compression.threshold, 0u);
  EXPECT_EQ(compression.window_bits, 10);
  EXPECT_FALSE(resolve_settings({{"compression-mode", {"on"}}}));
  EXPECT_FALSE(resolve_settings({{"compression-level", {"0"}}}));
  EXPECT_FALSE(resolve_settings({{"compression-window-bits", {"8"}}}));
  EXPECT_FALSE(resolve_settings({{"subprotocol", {"no token"}}}));
}

TEST_F(SettingsTest, KeepTheSecretOffCommandLines) {
  Settings settings;
  settings.gateway.business.secret = "open sesame";
  for (const std::vector<std::string>& arguments : {gateway_arguments(settings), php_arguments(settings)}) {
    EXPECT_THAT(arguments, testing::Each(testing::Not(HasSubstr("sesame"))));
  }
  write("secret", "from a file\n");
  EXPECT_EQ(resolve_settings({{"netsvr-secret-file", {"secret"}}})->gateway.business.secret, "from a file");
  ::setenv("LARAMAN_NETSVR_SECRET", "from outside", 1);  // as roles get it
  EXPECT_EQ(resolve_settings({{"netsvr-secret-file", {"secret"}}})->gateway.business.secret, "from outside");
}

TEST_F(SettingsTest, ReachTheRolesAsFlags) {
  Settings settings;
  settings.app = "/srv/app";
  settings.server.runtime_dir = "/run/laraman";
  settings.gateway.listen.port = 9000;
  settings.gateway.listen.loops = 2;
  settings.pool.workers = 5;
  settings.gateway.shard.heartbeat = std::chrono::milliseconds(1500);
  settings.gateway.port.allowed_origins = {"https://a", "https://b"};
  settings.pool.ini = {{"memory_limit", "1G"}};
  settings.gateway.port.subprotocols = {"chat"};
  settings.gateway.websocket.compression.mode = websocket::CompressionMode::kContext;

  const std::vector<std::string> gateway = gateway_arguments(settings);
  EXPECT_EQ(gateway.front(), "gateway");
  EXPECT_THAT(gateway,
              IsSupersetOf({"--port", "9000", "--loops", "2", "--heartbeat", "1.5", "--allow-origin", "https://a",
                            "https://b", "/run/laraman", "--subprotocol", "chat", "--compression-mode", "context"}));
  const std::vector<std::string> php = php_arguments(settings);
  EXPECT_THAT(php, IsSupersetOf({"--app", "/srv/app", "--workers", "5", "--ini", "memory_limit=1G"}));
  EXPECT_THAT(php, testing::Not(Contains("--script")));
}

TEST_F(SettingsTest, OfThePublicPortAreReadAndChecked) {
  write("laraman.toml", R"(
host = "unix:run/http.sock"
socket_mode = "0600"
websocket_path = ["/netsvr", "/app/*"]

[tls]
certificate = ["cert.pem"]

[proxy]
trusted = ["10.0.0.0/8", "::1"]
protocol = "on"

[callback]
open = "https://127.0.0.1/open"
)");
  const Result<Settings> settings = resolve_settings({});
  ASSERT_TRUE(settings.ok()) << settings.error().message();
  EXPECT_EQ(settings->gateway.listen.host, "unix:" + app_ + "/run/http.sock");
  EXPECT_EQ(settings->gateway.listen.socket_mode, 0600U);
  EXPECT_THAT(settings->gateway.tls.certificates, ElementsAre(app_ + "/cert.pem"));
  EXPECT_THAT(settings->gateway.port.trusted_proxies.texts(), ElementsAre("10.0.0.0/8", "::1"));
  EXPECT_TRUE(settings->gateway.port.proxy_protocol);
  EXPECT_THAT(settings->gateway.websocket_paths, ElementsAre("/netsvr", "/app/*"));
  EXPECT_EQ(settings->gateway.callbacks.open_url, "https://127.0.0.1/open");

  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"socket-mode", "0999"},      {"socket-mode", "rw"},        {"proxy-trusted", "10.0.0.0/33"},
      {"proxy-protocol", "maybe"},  {"websocket-path", "netsvr"}, {"websocket-path", "/a?b"},
      {"callback-open", "ftp://x"}, {"upstream", "php"}};
  for (const auto& [name, value] : wrong) {
    EXPECT_THAT(complaint({{name, {value}}}), testing::HasSubstr("--" + name)) << value;
  }
}

// What a role reads from its flags is what the supervisor had, whatever stands in a file or the environment of the
// role.
TEST_F(SettingsTest, ComeBackFromTheFlagsAsTheyWere) {
  write("laraman.toml", "port = 1\nheartbeat = 1\n");
  Settings settings;
  settings.gateway.listen.host = "::1";
  settings.server.runtime_dir = "/run/laraman";
  settings.gateway.dispatch.request_wait = std::chrono::milliseconds(250);
  settings.gateway.business.heartbeat = "";
  const std::vector<std::string> arguments = gateway_arguments(settings);
  Given given;
  for (std::size_t i = 1; i + 1 < arguments.size(); i += 2) given[arguments[i].substr(2)].push_back(arguments[i + 1]);
  const Result<Settings> read = resolve_settings(given);
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(read->gateway.listen.host, "::1");
  EXPECT_EQ(read->gateway.listen.port, 8000);
  EXPECT_EQ(read->gateway.shard.heartbeat, settings.gateway.shard.heartbeat);
  EXPECT_EQ(read->gateway.dispatch.request_wait, settings.gateway.dispatch.request_wait);
  EXPECT_EQ(read->server.runtime_dir, settings.server.runtime_dir);
  EXPECT_EQ(read->gateway.business.heartbeat, "");
}

// What `--check-config` prints may be put into a file.
TEST_F(SettingsTest, ComeBackFromTheFileThatTheyMake) {
  Settings settings;
  settings.app = app_;
  settings.gateway.listen.host = "::1";
  settings.gateway.listen.loops = 3;
  settings.gateway.shard.heartbeat = std::chrono::milliseconds(1500);
  settings.gateway.port.allowed_origins = {"https://a", "https://\"b\""};
  settings.pool.ini = {{"memory_limit", "1G"}};
  settings.log.level = log::Level::kWarning;
  settings.gateway.business.heartbeat = "123";
  settings.gateway.business.message_type = gateway::MessageType::kBinary;
  settings.gateway.netsvr_task_address = "127.0.0.1:6062";
  write("laraman.toml", to_toml(settings, kStart));
  const Result<Settings> read = resolve_settings({});
  ASSERT_TRUE(read.ok()) << read.error().message();
  for (const Setting& setting : all_settings()) {
    if (setting.access.get(settings).empty()) continue;
    EXPECT_EQ(setting.access.get(*read), setting.access.get(settings)) << setting.name;
  }
}

TEST(Setting, HasOneNameInThreeForms) {
  for (const Setting& setting : all_settings()) {
    if (std::string(setting.name) == "max-requests") {
      EXPECT_EQ(place_in_file(setting), "max_requests");
      EXPECT_EQ(variable_of(setting), "LARAMAN_MAX_REQUESTS");
    } else if (std::string(setting.name) == "netsvr-max-frame-bytes") {
      EXPECT_EQ(place_in_file(setting), "[netsvr] max_frame_bytes");
      EXPECT_EQ(variable_of(setting), "LARAMAN_NETSVR_MAX_FRAME_BYTES");
    }
  }
}

}  // namespace
}  // namespace laraman::cli
