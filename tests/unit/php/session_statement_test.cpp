#include "php/session_statement.h"

#include <gtest/gtest.h>

#include <string_view>

namespace laraman::php::test {
namespace {

TEST(SessionStatement, KnowsWhatChangesASession) {
  for (const std::string_view sql : {"BEGIN",
                                     "begin immediate",
                                     "START TRANSACTION",
                                     "SAVEPOINT a",
                                     "SET NAMES utf8",
                                     "set @x = 1",
                                     "USE other",
                                     "PRAGMA foreign_keys = off",
                                     "attach 'x.db' as x",
                                     "DETACH x",
                                     "LOCK TABLES a READ",
                                     "LISTEN news",
                                     "CREATE TEMPORARY TABLE t (a int)",
                                     "create temp view v as select 1",
                                     "CREATE LOCAL TEMP TABLE t (a int)",
                                     "PREPARE p AS select 1",
                                     "DISCARD ALL",
                                     "create table temp.cart (a int)",
                                     "create trigger temp.t after insert on a",
                                     "\xEF\xBB\xBFPRAGMA a = 1",
                                     "FLUSH TABLES WITH READ LOCK",
                                     "XA BEGIN 'a'",
                                     "HANDLER t OPEN",
                                     "RESET ALL",
                                     "DO $$ begin end $$",
                                     "select 1 as a into temp t",
                                     "CREATE OR REPLACE TEMP VIEW v AS select 1",
                                     "call p()",
                                     "  \n SET a = 1",
                                     "-- a comment\nSET a = 1",
                                     "/* one */ set a = 1",
                                     "# one\nset a = 1",
                                     "/*!40101 SET a = 1 */",
                                     "select 1; set a = 1",
                                     ";BEGIN",
                                     "SELECT GET_LOCK('a', 1)",
                                     "select pg_advisory_lock(1)",
                                     "select pg_try_advisory_lock_shared(1)",
                                     "select set_config('a', 'b', false)",
                                     "select setseed(0.5)",
                                     "select @a := 1",
                                     "select 1 INTO @a",
                                     "select 1 /*!50000 into @a */",
                                     "/*M!100100 SET a = 1 */",
                                     "/* a /* nested */ comment */ set a = 1",
                                     "BACKUP STAGE START",
                                     "select 1 as a\ninto\ttemporary t",
                                     "create table \"temp\".\"cart\" (a int)",
                                     "create table `pg_temp` . cart (a int)",
                                     "create or replace /* one */ temporary table a (b int)",
                                     "explain analyze create temp table t as select 1"}) {
    EXPECT_TRUE(may_change_session(sql, false)) << sql;
  }
}

TEST(SessionStatement, LeavesOthersAlone) {
  for (const std::string_view sql : {"",
                                     ";",
                                     "select * from users",
                                     "insert into settings values (1)",
                                     "update beginners set a = 1",
                                     "delete from a where b = 'x'",
                                     "CREATE TABLE temporary_things (a int)",
                                     "create unique index i on t (a)",
                                     "(select 1) union (select 2)",
                                     "with a as (select 1) select * from a",
                                     "/* open",
                                     "--",
                                     "replace into a values (1)",
                                     "alter table a add b int",
                                     "commit",
                                     "rollback",
                                     "release savepoint a",
                                     "settle",
                                     "used",
                                     "select into_temp, temporary from temp",
                                     "select pg_advisory_xact_lock(1)"}) {
    EXPECT_FALSE(may_change_session(sql, false)) << sql;
  }
}

TEST(SessionStatement, TakesASavepointForPartOfPdosTransaction) {
  EXPECT_FALSE(may_change_session("SAVEPOINT trans2", true));
  EXPECT_TRUE(may_change_session("SAVEPOINT trans2; set a = 1", true));
}

TEST(SessionStatement, KnowsAPlainBeginOfSqlite) {
  for (const std::string_view sql : {"BEGIN", "begin;", "BEGIN DEFERRED TRANSACTION", " begin immediate transaction ; ",
                                     "BEGIN EXCLUSIVE", "BEGIN TRANSACTION -- of Laravel"}) {
    EXPECT_TRUE(only_begins_transaction(sql)) << sql;
  }
  for (const std::string_view sql : {"", "BEGINNING", "BEGIN DEFERRED; PRAGMA a = 1", "BEGIN; BEGIN",
                                     "BEGIN NOT ATOMIC", "BEGIN /*! SET a = 1 */", "SAVEPOINT a", "BEGIN 1"}) {
    EXPECT_FALSE(only_begins_transaction(sql)) << sql;
  }
}

}  // namespace
}  // namespace laraman::php::test
