#include "dispatch/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace laraman::dispatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr EventKinds kAllEvents{Event::Kind::kOpen, Event::Kind::kClose, Event::Kind::kMessage};
constexpr EventKinds kOpens{Event::Kind::kOpen};
constexpr EventKinds kOpensAndCloses{Event::Kind::kOpen, Event::Kind::kClose};
constexpr EventKinds kMessages{Event::Kind::kMessage};
constexpr EventKinds kClosesAndMessages{Event::Kind::kClose, Event::Kind::kMessage};

ConnectionId id(int number) {
  std::array<std::uint8_t, 14> bytes{};
  bytes[13] = static_cast<std::uint8_t>(number);
  bytes[12] = static_cast<std::uint8_t>(number >> 8);
  return ConnectionId(bytes);
}

// A business that writes down what it gets.
struct FakeBusiness final : BusinessLink {
  struct Delivered {
    std::uint64_t sequence;
    std::string data;
  };
  void deliver(const Event& event, std::uint64_t sequence) override {
    got.push_back({sequence, std::string(event.data.view())});
  }
  std::uint64_t take_back(std::uint64_t last_sequence) override {
    if (!gives_back) return last_sequence;
    while (!got.empty() && got.back().sequence > begun) got.pop_back();
    return begun;
  }
  bool full() override { return is_full || got.size() >= full_after; }
  bool taking_back() override { return false; }
  std::vector<std::string> data() const {
    std::vector<std::string> all;
    for (const Delivered& delivered : got) all.push_back(delivered.data);
    return all;
  }
  std::vector<Delivered> got;
  std::uint64_t begun = 0;
  bool gives_back = false;
  bool is_full = false;
  std::size_t full_after = 1'000'000;  // events delivered
};

class DispatcherTest : public testing::Test, public Observer {
 protected:
  void on_pressure(bool stop) override { pressure.push_back(stop); }
  void on_close_pressure(bool stop) override { close_pressure.push_back(stop); }
  void on_confirmed(const ConnectionId& connection) override { confirmed.push_back(connection); }
  void on_wanted(EventKinds kinds) override { wanted = kinds; }
  void on_ticks_needed() override { ++times_ticks_needed; }

  Dispatcher make(Limits limits = {}) {
    return Dispatcher(limits, *this, [this] { return now; });
  }
  // The first event of `business`, "probe", takes it 100 microseconds: from then on it gets events ahead.
  void show_speed(Dispatcher& dispatcher, BusinessId business) {
    dispatcher.dispatch(message(1, "probe"));
    now += std::chrono::microseconds(100);
    dispatcher.acknowledge(business, 1);
  }
  Event message(int connection, std::string_view data) {
    Event event;
    event.received = now;
    event.connection = id(connection);
    event.data = net::SharedBytes(data);
    return event;
  }
  Event open(int connection) {
    Event event = message(connection, "open");
    event.kind = Event::Kind::kOpen;
    return event;
  }
  Event close(int connection) {
    Event event = message(connection, "close");
    event.kind = Event::Kind::kClose;
    return event;
  }
  Event close_by_gateway(int connection) {
    Event event = close(connection);
    event.by_gateway = true;
    return event;
  }
  OnLease note_lease(int number) {
    return [this, number](Lease lease) { leases.emplace_back(number, lease.business); };
  }

  TimePoint now{seconds(1000)};
  std::vector<bool> pressure;
  std::vector<bool> close_pressure;
  std::vector<ConnectionId> confirmed;
  std::vector<std::pair<int, BusinessId>> leases;
  int times_ticks_needed = 0;
  EventKinds wanted;
  FakeBusiness a;
  FakeBusiness b;
};

TEST_F(DispatcherTest, GivesDifferentConnectionsToDifferentIdleBusinesses) {
  Dispatcher dispatcher = make();
  dispatcher.add(a, {kAllEvents, 32, ""});
  dispatcher.add(b, {kAllEvents, 32, ""});
  dispatcher.dispatch(message(1, "one"));
  dispatcher.dispatch(message(2, "two"));
  EXPECT_EQ(a.got.size(), 1u);
  EXPECT_EQ(b.got.size(), 1u);
}

TEST_F(DispatcherTest, LetsTheNextEventsOfAConnectionFollowToTheSameBusiness) {
  Dispatcher dispatcher = make();
  const BusinessId first = dispatcher.add(a, {kAllEvents, 32, ""});
  show_speed(dispatcher, first);
  dispatcher.dispatch(message(1, "0"));
  dispatcher.add(b, {kAllEvents, 32, ""});
  for (int i = 1; i < 4; ++i) dispatcher.dispatch(message(1, std::to_string(i)));
  EXPECT_THAT(a.data(), ElementsAre("probe", "0", "1", "2", "3"));
  EXPECT_THAT(b.got, IsEmpty());
}

TEST_F(DispatcherTest, NeverHasEventsOfOneConnectionAtTwoBusinesses) {
  Dispatcher dispatcher = make();
  const BusinessId first = dispatcher.add(a, {kAllEvents, 1, ""});
  dispatcher.add(b, {kAllEvents, 1, ""});
  for (int i = 0; i < 3; ++i) dispatcher.dispatch(message(1, std::to_string(i)));
  EXPECT_THAT(a.data(), ElementsAre("0"));
  EXPECT_THAT(b.got, IsEmpty());
  dispatcher.acknowledge(first, 1);
  EXPECT_EQ(a.got.size() + b.got.size(), 2u);
}

TEST_F(DispatcherTest, HoldsEventsWhileAllAreBusyAndGivesThemToTheFirstThatIsFree) {
  Dispatcher dispatcher = make();
  dispatcher.add(a, {kAllEvents, 32, ""});
  const BusinessId second = dispatcher.add(b, {kAllEvents, 32, ""});
  dispatcher.dispatch(message(1, "one"));
  dispatcher.dispatch(message(2, "two"));
  dispatcher.dispatch(message(3, "three"));
  EXPECT_EQ(dispatcher.waiting_events(), 1u);
  dispatcher.acknowledge(second, 1);
  EXPECT_THAT(b.data(), ElementsAre("two", "three"));
}

TEST_F(DispatcherTest, BatchesUnderLoadByMeasuredCost) {
  Dispatcher dispatcher = make();
  const BusinessId only = dispatcher.add(a, {kAllEvents, 32, ""});
  dispatcher.dispatch(message(1, "probe"));
  now += milliseconds(1);
  dispatcher.acknowledge(only, 1);  // 1 ms each: 5 fit into 5 ms
  for (int i = 2; i < 20; ++i) dispatcher.dispatch(message(i, "x"));
  EXPECT_EQ(a.got.size(), 1u + 5u);
}

TEST_F(DispatcherTest, NeverBatchesBeyondTheWindowOfTheBusiness) {
  Dispatcher dispatcher = make();
  const BusinessId only = dispatcher.add(a, {kAllEvents, 3, ""});
  dispatcher.dispatch(message(1, "probe"));
  now += std::chrono::microseconds(1);
  dispatcher.acknowledge(only, 1);
  for (int i = 2; i < 20; ++i) dispatcher.dispatch(message(i, "x"));
  EXPECT_EQ(a.got.size(), 1u + 3u);
}

TEST_F(DispatcherTest, PutsNothingBehindAnEventThatOverruns) {
  Dispatcher dispatcher = make();
  const BusinessId only = dispatcher.add(a, {kAllEvents, 32, ""});
  show_speed(dispatcher, only);
  dispatcher.dispatch(message(1, "slow"));
  now += milliseconds(50);
  dispatcher.dispatch(message(2, "other"));
  EXPECT_THAT(a.data(), ElementsAre("probe", "slow"));
  dispatcher.add(b, {kAllEvents, 32, ""});
  EXPECT_THAT(b.data(), ElementsAre("other"));
}

TEST_F(DispatcherTest, TakesBackWhatIsBehindAnEventThatOverruns) {
  Dispatcher dispatcher = make();
  a.gives_back = true;
  const BusinessId first = dispatcher.add(a, {kAllEvents, 32, ""});
  show_speed(dispatcher, first);
  dispatcher.dispatch(message(1, "slow"));
  dispatcher.dispatch(message(2, "behind"));
  dispatcher.dispatch(message(1, "slow too"));
  ASSERT_EQ(a.got.size(), 4u);
  a.begun = 2;
  dispatcher.add(b, {kAllEvents, 32, ""});
  now += milliseconds(50);
  dispatcher.tick();
  EXPECT_THAT(b.data(), ElementsAre("behind"));
  EXPECT_THAT(a.data(), ElementsAre("probe", "slow"));  // its own connection waits for it
  dispatcher.acknowledge(first, 2);
  EXPECT_THAT(a.data(), ElementsAre("probe", "slow", "slow too"));
  EXPECT_EQ(dispatcher.counters().taken_back, 2u);
}

// The slot of a worker of this server, which notes what the gateway hands to it.
struct DispatcherToWorkerTest : DispatcherTest {
  BusinessOptions options() {
    slot.generation = 3;
    return {.events = kMessages, .window = 4, .request_address = "unix:/w", .worker = {&slot, 3}};
  }
  WorkerSlot slot{};
};

TEST_F(DispatcherToWorkerTest, NotesSinceWhenJobsAreUnderWay) {
  Dispatcher dispatcher = make();
  FakeBusiness worker;
  const BusinessId business = dispatcher.add(worker, options());
  EXPECT_EQ(slot.handed_ns.load(), 0);
  dispatcher.dispatch(message(1, "a"));
  const std::int64_t first = slot.handed_ns.load();
  EXPECT_GT(first, 0);
  dispatcher.acknowledge(business, 1);
  EXPECT_EQ(slot.handed_ns.load(), 0);
  dispatcher.acquire(note_lease(1));
  EXPECT_GE(slot.handed_ns.load(), first);
  dispatcher.release(business);
  EXPECT_EQ(slot.handed_ns.load(), 0);
  slot.generation = 4;  // its successor's
  dispatcher.dispatch(message(1, "b"));
  EXPECT_EQ(slot.handed_ns.load(), 0);
}

TEST_F(DispatcherTest, NamesTheConnectionsOfMessagesUnderWay) {
  Dispatcher dispatcher = make();
  const BusinessId business = dispatcher.add(a, {kAllEvents, 32, ""});
  show_speed(dispatcher, business);
  dispatcher.dispatch(message(1, "begun"));
  dispatcher.dispatch(close(2));
  dispatcher.dispatch(message(3, "ahead"));
  EXPECT_THAT(dispatcher.messages_under_way(business), ElementsAre(id(1), id(3)));
  EXPECT_THAT(dispatcher.messages_under_way(business + 1), IsEmpty());
}

TEST_F(DispatcherTest, KeepsWhatADeadBusinessHadBegunUnderWayUntilItIsRemoved) {
  Dispatcher dispatcher = make();
  const BusinessId first = dispatcher.add(a, {kAllEvents, 32, ""});
  show_speed(dispatcher, first);
  for (const char* data : {"begun", "behind"}) dispatcher.dispatch(message(1, data));
  dispatcher.dispatch(message(2, "ahead"));
  EXPECT_THAT(a.data(), ElementsAre("probe", "begun", "behind", "ahead"));
  dispatcher.add(b, {kAllEvents, 32, ""});
  dispatcher.end(first, 2);
  EXPECT_THAT(b.data(), ElementsAre("ahead"));
  EXPECT_EQ(dispatcher.counters().reported, 0U);
  dispatcher.remove(first, 2);
  EXPECT_THAT(b.data(), ElementsAre("ahead"));
  EXPECT_EQ(dispatcher.waiting_events(), 1U);
  EXPECT_EQ(dispatcher.counters().reported, 1U);
}

TEST_F(DispatcherTest, LeasesOnlyIdleWorkersToRequests) {
  Dispatcher dispatcher = make();
  const BusinessId first = dispatcher.add(a, {kAllEvents, 32, "/a"});
  dispatcher.dispatch(message(1, "event"));
  dispatcher.acquire(note_lease(1));
  EXPECT_THAT(leases, IsEmpty());
  dispatcher.acknowledge(first, 1);
  EXPECT_THAT(leases, ElementsAre(std::pair(1, first)));
}

TEST_F(DispatcherTest, NeedsNoTicksWhileNothingWaits) {
  Dispatcher dispatcher = make();
  const BusinessId only = dispatcher.add(a, {kAllEvents, 32, "/a"});
  dispatcher.acquire(note_lease(1));
  dispatcher.release(only);
  dispatcher.dispatch(message(1, "one"));
  dispatcher.acknowledge(only, 1);
  EXPECT_EQ(times_ticks_needed, 0);
}

TEST_F(DispatcherTest, NeedsTicksWhileARequestWaits) {
  Dispatcher dispatcher = make();
  const RequestId request = dispatcher.acquire(note_lease(1));
  dispatcher.acquire(note_lease(2));
  EXPECT_EQ(times_ticks_needed, 1);
  dispatcher.cancel(request);
  EXPECT_TRUE(dispatcher.tick());
  const BusinessId only = dispatcher.add(a, {kAllEvents, 32, "/a"});
  EXPECT_FALSE(dispatcher.tick());
  EXPECT_EQ(times_ticks_needed, 1);
  dispatcher.acquire(note_lease(3));
  EXPECT_EQ(times_ticks_needed, 2);
  dispatcher.release(only);
}

TEST_F(DispatcherTest, NeedsTicksWhileEventsWaitOrAreAheadAtAWorker) {
  Dispatcher dispatcher = make();
  dispatcher.dispatch(message(1, "probe"));  // nobody is there for it
  EXPECT_EQ(times_ticks_needed, 1);
  const BusinessId only = dispatcher.add(a, {kAllEvents, 32, ""});
  EXPECT_FALSE(dispatcher.tick());
  now += std::chrono::microseconds(100);
  dispatcher.acknowledge(only, 1);
  dispatcher.dispatch(message(1, "begun"));
  EXPECT_EQ(times_ticks_needed, 1);
  dispatcher.dispatch(message(1, "ahead"));
  EXPECT_EQ(times_ticks_needed, 2);
  EXPECT_TRUE(dispatcher.tick());
  dispatcher.acknowledge(only, 3);
  EXPECT_FALSE(dispatcher.tick());
}

TEST_F(DispatcherTest, NeedsTicksForWhatADeadWorkerHadNotBegun) {
  Dispatcher dispatcher = make();
  const BusinessId only = dispatcher.add(a, {kAllEvents, 32, ""});
  dispatcher.dispatch(message(1, "one"));
  dispatcher.remove(only, 0);
  EXPECT_EQ(dispatcher.waiting_events(), 1u);
  EXPECT_EQ(times_ticks_needed, 1);
}

TEST_F(DispatcherTest, GivesNothingMoreToAWorkerThatWasLost) {
  Dispatcher dispatcher = make();
  const BusinessId first = dispatcher.add(a, {kAllEvents, 32, "/a"});
  dispatcher.acquire(note_lease(1));
  dispatcher.dispatch(message(1, "event"));
  dispatcher.lose(first);
  dispatcher.acquire(note_lease(2));
  EXPECT_THAT(leases, ElementsAre(std::pair(1, first)));
  EXPECT_THAT(a.got, IsEmpty());
  const BusinessId second = dispatcher.add(b, {kAllEvents, 32, "/b"});
  EXPECT_THAT(b.data(), ElementsAre("event"));
  dispatcher.acknowledge(second, 1);
  EXPECT_THAT(leases, ElementsAre(std::pair(1, first), std::pair(2, second)));
}

TEST_F(DispatcherTest, GivesNoEventToAWorkerThatHasARequest) {
  Dispatcher dispatcher = make();
  const BusinessId first = dispatcher.add(a, {kAllEvents, 32, "/a"});
  dispatcher.acquire(note_lease(1));
  dispatcher.dispatch(message(1, "event"));
  EXPECT_THAT(a.got, IsEmpty());
  dispatcher.release(first);
  EXPECT_THAT(a.data(), ElementsAre("event"));
}

TEST_F(DispatcherTest, DoesNotStarveARequestUnderAStreamOfEvents) {
  Dispatcher dispatcher = make();
  const BusinessId first = dispatcher.add(a, {kAllEvents, 32, "/a"});
  std::uint64_t acknowledged = 0;
  dispatcher.dispatch(message(1, "x"));
  dispatcher.acquire(note_lease(1));
  for (int i = 0; i < 100 && leases.empty(); ++i) {
    dispatcher.dispatch(message(1, "x"));
    dispatcher.dispatch(message(2, "x"));
    dispatcher.acknowledge(first, ++acknowledged);
  }
  EXPECT_THAT(leases, ElementsAre(std::pair(1, first)));
  EXPECT_EQ(acknowledged, 1u);
}

TEST_F(DispatcherTest, ServesRequestsAndEventsInTheOrderInWhichTheyCame) {
  Dispatcher dispatcher = make();
  const BusinessId first = dispatcher.add(a, {kAllEvents, 32, "/a"});
  dispatcher.acquire(note_lease(1));
  dispatcher.dispatch(message(1, "before"));
  dispatcher.acquire(note_lease(2));
  dispatcher.release(first);
  EXPECT_THAT(a.data(), ElementsAre("before"));
  EXPECT_EQ(leases.size(), 1u);
  dispatcher.acknowledge(first, 1);
  EXPECT_EQ(leases.size(), 2u);
}

TEST_F(DispatcherTest, RefusesARequestThatWaitedTooLong) {
  Dispatcher dispatcher = make();
  dispatcher.acquire(note_lease(1));
  now += seconds(31);
  dispatcher.tick();
  EXPECT_THAT(leases, ElementsAre(std::pair(1, BusinessId{0})));
}

TEST_F(DispatcherTest, RefusesRequestsAboveTheBoundAtOnce) {
  Limits limits;
  limits.waiting_requests = 1;
  Dispatcher dispatcher = make(limits);
  dispatcher.acquire(note_lease(1));
  dispatcher.acquire(note_lease(2));
  EXPECT_THAT(leases, ElementsAre(std::pair(2, BusinessId{0})));
}

TEST_F(DispatcherTest, ForgetsACancelledRequest) {
  Dispatcher dispatcher = make();
  const RequestId request = dispatcher.acquire(note_lease(1));
  EXPECT_TRUE(dispatcher.cancel(request));
  dispatcher.add(a, {kAllEvents, 32, "/a"});
  EXPECT_THAT(leases, IsEmpty());
  EXPECT_FALSE(dispatcher.cancel(request));
}

TEST_F(DispatcherTest, GivesWhatADeadBusinessHadNotBegunToAnotherInOrder) {
  Dispatcher dispatcher = make();
  const BusinessId first = dispatcher.add(a, {kAllEvents, 32, ""});
  show_speed(dispatcher, first);
  for (const char* data : {"a", "b", "c"}) dispatcher.dispatch(message(1, data));
  ASSERT_EQ(a.got.size(), 4u);
  dispatcher.remove(first, 2);  // it had begun "a"
  EXPECT_EQ(dispatcher.counters().reported, 1u);
  const BusinessId second = dispatcher.add(b, {kAllEvents, 32, ""});
  std::uint64_t next = 1;
  while (b.got.size() < 2) dispatcher.acknowledge(second, next++);
  EXPECT_THAT(b.data(), ElementsAre("b", "c"));
}

TEST_F(DispatcherTest, GivesALeavingBusinessNothingNewAndSaysWhenItIsDone) {
  Dispatcher dispatcher = make();
  const BusinessId first = dispatcher.add(a, {kAllEvents, 32, "/a"});
  dispatcher.dispatch(message(1, "last"));
  bool left = false;
  dispatcher.leave(first, [&left] { left = true; });
  dispatcher.dispatch(message(1, "next"));
  dispatcher.dispatch(message(2, "other"));
  dispatcher.acquire(note_lease(1));
  EXPECT_FALSE(left);
  EXPECT_THAT(a.data(), ElementsAre("last"));
  dispatcher.acknowledge(first, 1);
  EXPECT_TRUE(left);
  EXPECT_THAT(a.data(), ElementsAre("last"));
  dispatcher.remove(first, 1);
  const BusinessId second = dispatcher.add(b, {kAllEvents, 32, ""});
  while (dispatcher.waiting_events() > 0) dispatcher.acknowledge(second, b.got.back().sequence);
  EXPECT_THAT(b.data(), testing::UnorderedElementsAre("next", "other"));
}

TEST_F(DispatcherTest, HoldsEventsUntilABusinessComes) {
  Dispatcher dispatcher = make();
  dispatcher.dispatch(message(1, "early"));
  now += seconds(59);
  dispatcher.tick();
  dispatcher.add(a, {kAllEvents, 32, ""});
  EXPECT_THAT(a.data(), ElementsAre("early"));
}

TEST_F(DispatcherTest, CountsEventsThatNoBusinessCameFor) {
  Dispatcher dispatcher = make();
  dispatcher.dispatch(message(1, "early"));
  now += seconds(61);
  dispatcher.tick();
  EXPECT_EQ(dispatcher.counters().expired, 1u);
  EXPECT_EQ(dispatcher.waiting_events(), 0u);
}

TEST_F(DispatcherTest, DropsKindsOfEventsThatNobodyAskedFor) {
  Dispatcher dispatcher = make();
  dispatcher.dispatch(close(1));
  dispatcher.add(a, {kMessages, 32, ""});
  dispatcher.dispatch(close(2));
  dispatcher.dispatch(message(2, "wanted"));
  EXPECT_THAT(a.data(), ElementsAre("wanted"));
  EXPECT_EQ(dispatcher.waiting_events(), 0u);
  EXPECT_EQ(dispatcher.counters().expired, 0u);
}

TEST_F(DispatcherTest, KeepsAConnectionAtABusinessThatDoesNotAcknowledge) {
  Dispatcher dispatcher = make();
  const BusinessId first = dispatcher.add(a, {kAllEvents, 0, ""});
  dispatcher.add(b, {kAllEvents, 0, ""});
  for (int i = 0; i < 3; ++i) {
    dispatcher.dispatch(message(1, "one"));
    dispatcher.dispatch(message(2, "two"));
  }
  EXPECT_THAT(a.data(), ElementsAre("one", "one", "one"));
  EXPECT_THAT(b.data(), ElementsAre("two", "two", "two"));
  dispatcher.remove(first, 0);
  dispatcher.dispatch(message(1, "one"));
  dispatcher.dispatch(close(1));
  EXPECT_THAT(b.data(), ElementsAre("two", "two", "two", "one", "close"));
}

TEST_F(DispatcherTest, ConfirmsAnEventOnceItWaitsNoLonger) {
  Dispatcher dispatcher = make();
  Event event = message(1, "x");
  event.confirm = true;
  dispatcher.dispatch(std::move(event));
  dispatcher.dispatch(message(2, "y"));
  EXPECT_THAT(confirmed, IsEmpty());
  const BusinessId only = dispatcher.add(a, {kAllEvents, 1, ""});
  EXPECT_THAT(confirmed, ElementsAre(id(1)));
  dispatcher.remove(only, 0);  // it comes to wait again
  dispatcher.add(b, {kAllEvents, 1, ""});
  EXPECT_THAT(confirmed, ElementsAre(id(1)));
}

TEST_F(DispatcherTest, ConfirmsWhatItDrops) {
  Dispatcher dispatcher = make();
  Event event = message(1, "late");
  event.confirm = true;
  dispatcher.dispatch(std::move(event));
  now += seconds(61);
  dispatcher.tick();
  EXPECT_THAT(confirmed, ElementsAre(id(1)));
  dispatcher.add(a, {kOpensAndCloses, 1, ""});
  event = message(2, "unwanted");
  event.confirm = true;
  dispatcher.dispatch(std::move(event));
  EXPECT_THAT(confirmed, ElementsAre(id(1), id(2)));
}

TEST_F(DispatcherTest, StopsReadingFromAllWhenTooMuchWaits) {
  Limits limits;
  limits.waiting_events = 10;
  Dispatcher dispatcher = make(limits);
  for (int i = 0; i < 11; ++i) dispatcher.dispatch(message(i, "x"));
  EXPECT_THAT(pressure, ElementsAre(true));
  const BusinessId only = dispatcher.add(a, {kAllEvents, 1, ""});
  for (std::uint64_t i = 1; i < 11; ++i) dispatcher.acknowledge(only, i);
  EXPECT_THAT(pressure, ElementsAre(true, false));
}

TEST_F(DispatcherTest, LetsABusyConnectionNotKeepItsWorkerFromAnother) {
  Dispatcher dispatcher = make();
  const BusinessId only = dispatcher.add(a, {kAllEvents, 32, ""});
  dispatcher.dispatch(message(1, "x"));
  now += std::chrono::microseconds(100);
  dispatcher.acknowledge(only, 1);
  for (int i = 0; i < 40; ++i) dispatcher.dispatch(message(1, "x"));  // more than the window of 32
  ASSERT_EQ(a.got.size(), 1u + 32u);
  dispatcher.dispatch(message(2, "other"));
  // Its client sends one more for each that was handled.
  std::uint64_t handled = 1;
  while (a.got.back().data != "other" && handled < 200) {
    now += std::chrono::microseconds(100);
    dispatcher.acknowledge(only, ++handled);
    dispatcher.dispatch(message(1, "x"));
  }
  EXPECT_LE(handled, 1u + 32u + 1u);
}

TEST_F(DispatcherTest, ServesManyBusyConnectionsInTurn) {
  Dispatcher dispatcher = make();
  const BusinessId only = dispatcher.add(a, {kAllEvents, 32, ""});
  constexpr int kConnections = 50;
  constexpr int kOutstanding = 16;
  for (int i = 0; i < kOutstanding; ++i) {
    for (int connection = 0; connection < kConnections; ++connection) {
      dispatcher.dispatch(message(connection, std::to_string(connection)));
    }
  }
  std::map<std::string, int> handled_of;
  for (std::uint64_t handled = 0; handled < 10'000; ++handled) {
    now += std::chrono::microseconds(50);
    const std::string data = a.got[handled].data;
    ++handled_of[data];
    dispatcher.acknowledge(only, handled + 1);
    dispatcher.dispatch(message(std::stoi(data), data));
  }
  for (int connection = 0; connection < kConnections; ++connection) {
    EXPECT_NEAR(handled_of[std::to_string(connection)], 10'000 / kConnections, kOutstanding + 1) << connection;
  }
}

TEST_F(DispatcherTest, LetsAKindThatNobodyIsFreeForNotHoldUpAnother) {
  Dispatcher dispatcher = make();
  const BusinessId messages = dispatcher.add(b, {kMessages, 1, ""});
  dispatcher.add(a, {kOpensAndCloses, 1, ""});
  dispatcher.dispatch(close(1));
  dispatcher.dispatch(close(2));  // waits: the only one for it is busy
  dispatcher.dispatch(message(3, "three"));
  dispatcher.dispatch(message(4, "four"));
  EXPECT_THAT(a.data(), ElementsAre("close"));
  EXPECT_THAT(b.data(), ElementsAre("three"));
  dispatcher.acknowledge(messages, 1);
  EXPECT_THAT(b.data(), ElementsAre("three", "four"));
  EXPECT_EQ(dispatcher.waiting_events(), 1u);
}

TEST_F(DispatcherTest, HoldsTheEventsOfALinkThatIsFullAndGoesOnInOrder) {
  Limits limits;
  limits.waiting_events = 10;
  Dispatcher dispatcher = make(limits);
  const BusinessId slow = dispatcher.add(a, {kAllEvents, 0, ""});
  dispatcher.dispatch(message(1, "0"));
  a.is_full = true;
  dispatcher.add(b, {kAllEvents, 0, ""});
  for (int i = 1; i < 12; ++i) dispatcher.dispatch(message(1, std::to_string(i)));
  dispatcher.dispatch(message(2, "other"));
  EXPECT_THAT(a.data(), ElementsAre("0"));
  EXPECT_THAT(b.data(), ElementsAre("other"));
  EXPECT_THAT(pressure, ElementsAre(true)) << "clients are not read from before anything is dropped";
  a.is_full = false;
  dispatcher.drained(slow);
  EXPECT_THAT(a.data(), ElementsAre("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"));
  EXPECT_THAT(pressure, ElementsAre(true, false));
  EXPECT_EQ(dispatcher.counters().overflowed, 0u);
}

TEST_F(DispatcherTest, GoesOnWithAConnectionWhoseFirstEventsCameWhileTheLinkWasFull) {
  a.full_after = 1;
  Dispatcher dispatcher = make();
  const BusinessId slow = dispatcher.add(a, {kAllEvents, 0, ""});
  for (const char* data : {"0", "1"}) dispatcher.dispatch(message(1, data));
  for (const char* data : {"2", "3", "4"}) dispatcher.dispatch(message(2, data));
  for (int i = 0; i < 5; ++i) {
    a.full_after = a.got.size() + 1;
    dispatcher.drained(slow);
  }
  EXPECT_THAT(a.data(), ElementsAre("0", "1", "2", "3", "4"));
}

TEST_F(DispatcherTest, GivesWhatWaitsForAFullLinkToOthersWhenItEnds) {
  Dispatcher dispatcher = make();
  const BusinessId slow = dispatcher.add(a, {kAllEvents, 0, ""});
  dispatcher.dispatch(message(1, "0"));
  a.is_full = true;
  dispatcher.dispatch(message(1, "1"));
  dispatcher.add(b, {kAllEvents, 0, ""});
  EXPECT_THAT(b.got, IsEmpty());
  dispatcher.remove(slow, 0);
  dispatcher.dispatch(message(1, "2"));
  EXPECT_THAT(b.data(), ElementsAre("1", "2"));
}

// ---- too much

TEST_F(DispatcherTest, DropsMessagesOfTheConnectionThatHasMostWaiting) {
  Limits limits;
  limits.waiting_events = 10;
  Dispatcher dispatcher = make(limits);
  for (int i = 2; i < 8; ++i) dispatcher.dispatch(message(i, std::to_string(i)));
  for (int i = 0; i < 14; ++i) dispatcher.dispatch(message(1, "flood " + std::to_string(i)));
  EXPECT_EQ(dispatcher.counters().overflowed, 0u);
  dispatcher.dispatch(message(8, "8"));
  EXPECT_GT(dispatcher.counters().overflowed, 0u);
  EXPECT_LE(dispatcher.waiting_events(), 20u);
  const std::uint64_t dropped = dispatcher.counters().overflowed;
  const BusinessId only = dispatcher.add(a, {kAllEvents, 1, ""});
  for (std::uint64_t i = 1; dispatcher.waiting_events() > 0; ++i) dispatcher.acknowledge(only, i);
  int floods = 0;
  for (const std::string& data : a.data()) {
    if (!data.starts_with("flood")) continue;
    EXPECT_EQ(data, "flood " + std::to_string(floods++)) << "the newest are dropped";
  }
  EXPECT_EQ(floods + dropped, 14u);
  for (int i = 2; i < 9; ++i) EXPECT_THAT(a.data(), testing::Contains(std::to_string(i)));
}

TEST_F(DispatcherTest, DropsBytesOfTheConnectionThatHasMostWaiting) {
  Limits limits;
  limits.waiting_bytes = 100;
  Dispatcher dispatcher = make(limits);
  dispatcher.dispatch(message(2, "small"));
  for (int i = 0; i < 6; ++i) dispatcher.dispatch(message(1, std::string(40, 'x')));
  EXPECT_LE(dispatcher.waiting_bytes(), 200u);
  dispatcher.add(a, {kAllEvents, 1, ""});
  EXPECT_THAT(a.data(), ElementsAre("small"));
}

TEST_F(DispatcherTest, NeverDropsAnOpenOrACloseBecauseTooMuchWaits) {
  Limits limits;
  limits.waiting_events = 10;
  Dispatcher dispatcher = make(limits);
  for (int i = 0; i < 40; ++i) {
    dispatcher.dispatch(open(i));
    dispatcher.dispatch(message(i, "message"));
    dispatcher.dispatch(close(i));
  }
  EXPECT_EQ(dispatcher.waiting_events(), 80u + 120u - 80u - dispatcher.counters().overflowed);
  const BusinessId only = dispatcher.add(a, {kAllEvents, 1, ""});
  for (std::uint64_t i = 1; dispatcher.waiting_events() > 0; ++i) dispatcher.acknowledge(only, i);
  const std::vector<std::string> got = a.data();
  EXPECT_EQ(std::count(got.begin(), got.end(), "open"), 40);
  EXPECT_EQ(std::count(got.begin(), got.end(), "close"), 40);
}

TEST_F(DispatcherTest, RefusesHandshakesWhileTooManyClosesWait) {
  Limits limits;
  limits.waiting_closes = 4;
  Dispatcher dispatcher = make(limits);
  for (int i = 0; i < 4; ++i) dispatcher.dispatch(close(i));
  EXPECT_THAT(close_pressure, IsEmpty());
  dispatcher.dispatch(close(4));
  EXPECT_THAT(close_pressure, ElementsAre(true));
  const BusinessId only = dispatcher.add(a, {kAllEvents, 1, ""});
  for (std::uint64_t i = 1; i < 5; ++i) dispatcher.acknowledge(only, i);
  EXPECT_THAT(close_pressure, ElementsAre(true, false));
  EXPECT_EQ(a.got.size(), 5u);
}

TEST_F(DispatcherTest, GivesEachConnectionATurnWhenSeveralHaveEventsWaiting) {
  Dispatcher dispatcher = make();
  for (int i = 0; i < 100; ++i) dispatcher.dispatch(message(1, "flood"));
  dispatcher.dispatch(message(2, "other"));
  const BusinessId only = dispatcher.add(a, {kAllEvents, 32, ""});
  now += std::chrono::microseconds(100);
  dispatcher.acknowledge(only, 1);
  EXPECT_THAT(a.data()[1], "other");
}

// ---- a kind of event that no present business accepts

TEST_F(DispatcherTest, LetsAnOpenOfABusinessThatLeftNotBlockTheMessagesBehindIt) {
  Dispatcher dispatcher = make();
  const BusinessId guest = dispatcher.add(b, {kAllEvents, 0, ""});
  const BusinessId worker = dispatcher.add(a, {kClosesAndMessages, 32, "/a"});
  dispatcher.remove(guest, 0);
  dispatcher.dispatch(open(1));
  dispatcher.dispatch(message(1, "hello"));
  EXPECT_THAT(a.data(), ElementsAre("hello"));
  dispatcher.acknowledge(worker, 1);
  dispatcher.dispatch(close(1));
  EXPECT_THAT(a.data(), ElementsAre("hello", "close"));
}

TEST_F(DispatcherTest, GivesAParkedOpenToABusinessThatComesBackInTime) {
  Dispatcher dispatcher = make();
  const BusinessId guest = dispatcher.add(b, {kOpens, 0, ""});
  dispatcher.add(a, {kClosesAndMessages, 32, ""});
  dispatcher.remove(guest, 0);
  dispatcher.dispatch(open(1));
  dispatcher.dispatch(open(2));
  EXPECT_EQ(dispatcher.waiting_events(), 2u);
  now += seconds(59);
  dispatcher.tick();
  FakeBusiness back;
  dispatcher.add(back, {kOpens, 0, ""});
  EXPECT_EQ(back.data().size(), 2u);
  EXPECT_EQ(dispatcher.waiting_events(), 0u);
}

TEST_F(DispatcherTest, DropsParkedEventsInTimeAndThenNoLongerParksTheirKind) {
  Dispatcher dispatcher = make();
  const BusinessId guest = dispatcher.add(b, {kAllEvents, 0, ""});
  dispatcher.add(a, {kClosesAndMessages, 32, ""});
  dispatcher.remove(guest, 0);
  dispatcher.dispatch(open(1));
  now += seconds(61);
  dispatcher.tick();
  EXPECT_EQ(dispatcher.counters().expired, 1u);
  EXPECT_EQ(dispatcher.waiting_events(), 0u);
  dispatcher.dispatch(open(2));
  EXPECT_EQ(dispatcher.waiting_events(), 0u);
  FakeBusiness back;
  dispatcher.add(back, {kAllEvents, 0, ""});
  dispatcher.dispatch(open(3));
  EXPECT_THAT(back.data(), ElementsAre("open"));
}

TEST_F(DispatcherTest, HoldsAllKindsInOrderWhileNoBusinessIsLeft) {
  Dispatcher dispatcher = make();
  const BusinessId only = dispatcher.add(b, {kAllEvents, 0, ""});
  dispatcher.remove(only, 0);
  dispatcher.dispatch(open(1));
  dispatcher.dispatch(message(1, "hello"));
  dispatcher.dispatch(close(1));
  dispatcher.add(a, {kAllEvents, 0, ""});
  EXPECT_THAT(a.data(), ElementsAre("open", "hello", "close"));
}

TEST_F(DispatcherTest, PassesAnOpenByThatWaitedWhileNoBusinessWasLeft) {
  Dispatcher dispatcher = make();
  const BusinessId only = dispatcher.add(b, {kAllEvents, 0, ""});
  dispatcher.remove(only, 0);
  dispatcher.dispatch(open(1));
  dispatcher.dispatch(message(1, "hello"));
  dispatcher.add(a, {kClosesAndMessages, 32, ""});
  EXPECT_THAT(a.data(), ElementsAre("hello"));
}

TEST_F(DispatcherTest, KeepsTheCloseOfAConnectionWhoseOpenWasHandedOver) {
  Dispatcher dispatcher = make();
  dispatcher.dispatch(message(1, "message"));
  dispatcher.dispatch(close(1));
  dispatcher.dispatch(open(2));
  dispatcher.dispatch(close(2));
  now += seconds(61);
  dispatcher.tick();
  now += seconds(61);
  dispatcher.tick();
  EXPECT_EQ(dispatcher.counters().expired, 3u);
  EXPECT_EQ(dispatcher.waiting_events(), 1u);
  dispatcher.add(a, {kAllEvents, 1, ""});
  EXPECT_THAT(a.data(), ElementsAre("close"));
}

// ---- connections that the gateway or the application has closed

TEST_F(DispatcherTest, DropsTheMessagesThatWaitOfAConnectionThatWasClosed) {
  Dispatcher dispatcher = make();
  const BusinessId only = dispatcher.add(a, {kAllEvents, 1, ""});
  for (int i = 0; i < 5; ++i) dispatcher.dispatch(message(1, std::to_string(i)));
  dispatcher.dispatch(message(2, "other"));
  dispatcher.dispatch(close_by_gateway(1));
  for (std::uint64_t i = 1; dispatcher.waiting_events() > 0; ++i) dispatcher.acknowledge(only, i);
  EXPECT_THAT(a.data(), testing::UnorderedElementsAre("0", "close", "other"));
  EXPECT_EQ(dispatcher.counters().closed, 4u);
}

TEST_F(DispatcherTest, TakesBackMessagesOfAConnectionThatWasClosedFromItsBusiness) {
  Dispatcher dispatcher = make();
  a.gives_back = true;
  const BusinessId only = dispatcher.add(a, {kAllEvents, 32, ""});
  show_speed(dispatcher, only);
  for (const char* data : {"0", "1", "2"}) dispatcher.dispatch(message(1, data));
  dispatcher.dispatch(message(2, "other"));
  ASSERT_EQ(a.got.size(), 5u);
  a.begun = 2;  // "0"
  dispatcher.dispatch(close_by_gateway(1));
  dispatcher.acknowledge(only, 2);
  for (std::uint64_t i = 3; i < 20; ++i) dispatcher.acknowledge(only, i);
  EXPECT_THAT(a.data(), ElementsAre("probe", "0", "other", "close"));
  EXPECT_EQ(dispatcher.counters().closed, 2u);
}

TEST_F(DispatcherTest, HandlesTheMessagesThatAClientSentBeforeItsOwnEnd) {
  Dispatcher dispatcher = make();
  const BusinessId only = dispatcher.add(a, {kAllEvents, 1, ""});
  for (int i = 0; i < 3; ++i) dispatcher.dispatch(message(1, std::to_string(i)));
  dispatcher.dispatch(close(1));
  for (std::uint64_t i = 1; dispatcher.waiting_events() > 0; ++i) dispatcher.acknowledge(only, i);
  EXPECT_THAT(a.data(), ElementsAre("0", "1", "2", "close"));
}

// ---- businesses that do not acknowledge

TEST_F(DispatcherTest, GivesNewConnectionsToTheBusinessWithTheFewest) {
  Dispatcher dispatcher = make();
  dispatcher.add(a, {kAllEvents, 0, ""});
  for (int i = 0; i < 10; ++i) dispatcher.dispatch(open(i));
  dispatcher.add(b, {kAllEvents, 0, ""});
  for (int i = 10; i < 20; ++i) dispatcher.dispatch(open(i));
  EXPECT_EQ(b.got.size(), 10u);
  for (int i = 0; i < 5; ++i) dispatcher.dispatch(close(i));  // at the first
  for (int i = 20; i < 25; ++i) dispatcher.dispatch(open(i));
  EXPECT_EQ(a.got.size(), 10u + 5u + 5u);
}

TEST_F(DispatcherTest, LetsAQuietConnectionGoToAnotherBusiness) {
  Dispatcher dispatcher = make();
  dispatcher.add(a, {kAllEvents, 0, ""});
  for (int i = 0; i < 10; ++i) dispatcher.dispatch(open(i));
  dispatcher.add(b, {kAllEvents, 0, ""});
  now += seconds(6);
  for (int i = 0; i < 10; ++i) dispatcher.dispatch(message(i, "x"));
  EXPECT_EQ(b.got.size(), 5u);
}

TEST_F(DispatcherTest, GivesAJoiningBusinessItsShareOfConnectionsThatAreNeverQuiet) {
  Dispatcher dispatcher = make();
  dispatcher.add(a, {kAllEvents, 0, ""});
  for (int i = 0; i < 10; ++i) dispatcher.dispatch(open(i));
  dispatcher.add(b, {kAllEvents, 0, ""});
  for (int step = 0; step < 600; ++step) {
    now += milliseconds(100);
    for (int i = 0; i < 10; ++i) dispatcher.dispatch(message(i, "x"));
  }
  a.got.clear();
  b.got.clear();
  for (int step = 0; step < 600; ++step) {  // and then all stay
    now += milliseconds(100);
    for (int i = 0; i < 10; ++i) dispatcher.dispatch(message(i, std::to_string(i)));
  }
  EXPECT_EQ(a.got.size(), 3000u);
  EXPECT_EQ(b.got.size(), 3000u);
}

TEST_F(DispatcherTest, MeasuresHowLongEventsWait) {
  Dispatcher dispatcher = make();
  Event event = message(1, "x");
  event.received = now;
  dispatcher.dispatch(std::move(event));
  now += milliseconds(3);
  dispatcher.add(a, {kAllEvents, 1, ""});
  EXPECT_EQ(dispatcher.latency().sum(), milliseconds(3));
  std::size_t bucket = 0;
  while (LatencyHistogram::bound(bucket) < milliseconds(3)) ++bucket;
  EXPECT_EQ(dispatcher.latency().count(bucket), 1u);
}

TEST_F(DispatcherTest, IgnoresAnAcknowledgementOfWhatWasNeverSent) {
  Dispatcher dispatcher = make();
  const BusinessId only = dispatcher.add(a, {kAllEvents, 1, ""});
  dispatcher.dispatch(message(1, "x"));
  EXPECT_FALSE(dispatcher.acknowledge(only, 2));
  EXPECT_TRUE(dispatcher.acknowledge(only, 1));
  EXPECT_TRUE(dispatcher.acknowledge(only, 1));
  EXPECT_EQ(dispatcher.counters().acknowledged, 1u);
}

// Businesses come, die at any point, and acknowledge at their own pace: nothing is out of order, nothing is lost or
// doubled but what is reported.
TEST_F(DispatcherTest, BalancesItsBooksWhenBusinessesDieAtRandom) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    Dispatcher dispatcher = make();
    struct Live {
      std::unique_ptr<FakeBusiness> business = std::make_unique<FakeBusiness>();
      BusinessId id = 0;
      std::size_t handled = 0;  // of business->got
    };
    std::vector<Live> live;
    std::map<std::string, int> next_of;  // connection -> next number expected
    std::map<std::string, int> skipped_of;
    std::uint64_t handled = 0;
    std::uint64_t begun_and_lost = 0;
    const auto join = [&] {
      Live joined;
      joined.id = dispatcher.add(*joined.business, {kAllEvents, 8, ""});
      live.push_back(std::move(joined));
    };
    const auto handle_one = [&](Live& worker) {
      const auto& delivered = worker.business->got[worker.handled++];
      const std::size_t space = delivered.data.find(' ');
      const int number = std::stoi(delivered.data.substr(space + 1));
      int& expected = next_of[delivered.data.substr(0, space)];
      ASSERT_GE(number, expected) << "seed " << seed;
      expected = number + 1;
      ++handled;
      return;
    };
    join();
    join();
    std::vector<int> sent(20, 0);
    std::uint64_t sent_in_all = 0;
    for (int step = 0; step < 3000; ++step) {
      now += std::chrono::microseconds(random() % 500);
      const unsigned dice = random() % 100;
      if (dice < 60) {
        const int connection = static_cast<int>(random() % 20);
        dispatcher.dispatch(message(connection, std::to_string(connection) + " " +
                                                    std::to_string(sent[static_cast<std::size_t>(connection)]++)));
        ++sent_in_all;
      } else if (dice < 95 && !live.empty()) {
        Live& worker = live[random() % live.size()];
        if (worker.handled < worker.business->got.size()) {
          handle_one(worker);
          dispatcher.acknowledge(worker.id, worker.business->got[worker.handled - 1].sequence);
        }
      } else if (dice < 98 && !live.empty()) {
        const std::size_t index = random() % live.size();
        Live& worker = live[index];
        std::uint64_t begun = worker.handled > 0 ? worker.business->got[worker.handled - 1].sequence : 0;
        if (worker.handled < worker.business->got.size() && random() % 2 == 0) {
          begun = worker.business->got[worker.handled].sequence;  // it dies in the middle of one
          ++begun_and_lost;
        }
        dispatcher.remove(worker.id, begun);
        live.erase(live.begin() + static_cast<std::ptrdiff_t>(index));
      } else if (live.size() < 3) {
        join();
      }
      if (step % 20 == 0) dispatcher.tick();
    }
    if (live.empty()) join();
    for (bool progress = true; progress;) {
      progress = false;
      for (Live& worker : live) {
        while (worker.handled < worker.business->got.size()) {
          handle_one(worker);
          dispatcher.acknowledge(worker.id, worker.business->got[worker.handled - 1].sequence);
          progress = true;
        }
      }
    }
    EXPECT_EQ(dispatcher.waiting_events(), 0u) << "seed " << seed;
    EXPECT_EQ(dispatcher.counters().reported, begun_and_lost) << "seed " << seed;
    EXPECT_EQ(handled + begun_and_lost, sent_in_all) << "seed " << seed;
  }
}

}  // namespace
}  // namespace laraman::dispatch
