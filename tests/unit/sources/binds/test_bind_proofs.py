"""Read-only proofs where no server runs: the verdict on recorded answers of SQL Server and Oracle; and what follows."""

from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.dialects import mssql, oracle

from dashboard.settings.binds import Bind
from dashboard.sources.binds import BindError, Proof, prove_read_only, require_read_only
from dashboard.sources.binds.proof_mssql import judge_mssql, quoted
from dashboard.sources.binds.proof_oracle import judge_oracle

READER_RIGHTS = [
    "CONNECT SQL",
    "VIEW ANY DATABASE",
    "CONNECT",
    "SELECT",
    "VIEW ANY COLUMN ENCRYPTION KEY DEFINITION",
    "VIEW ANY COLUMN MASTER KEY DEFINITION",
    "SHOWPLAN",
]
MAPPED = [("[dbo].[SalesLines]", 1, 0)]


def test_sql_server_s_reader_is_proved() -> None:
    assert judge_mssql([], READER_RIGHTS, [], MAPPED).state == "proved"


@pytest.mark.parametrize(
    ("memberships", "rights", "tables", "mapped", "said"),
    [
        (["sysadmin", "db_owner"], READER_RIGHTS, [], MAPPED, "sysadmin, db_owner"),
        ([], [*READER_RIGHTS, "CREATE TABLE"], [], MAPPED, "CREATE TABLE"),
        ([], [*READER_RIGHTS, "EXECUTE"], [], MAPPED, "EXECUTE"),
        ([], [*READER_RIGHTS, "CONTROL SERVER"], [], MAPPED, "CONTROL SERVER"),
        ([], READER_RIGHTS, ["dbo.Log"], MAPPED, "dbo.Log"),
        ([], READER_RIGHTS, [], [("[other].[dbo].[Lines]", 1, 1)], "[other].[dbo].[Lines]"),
    ],
)
def test_sql_server_s_writer_is_found_out(memberships: Any, rights: Any, tables: Any, mapped: Any, said: str) -> None:
    found = judge_mssql(memberships, rights, tables, mapped)
    assert (found.state, said in found.evidence) == ("writable", True)


def test_a_table_that_sql_server_hides_leaves_it_open() -> None:
    found = judge_mssql([], READER_RIGHTS, [], [("[dbo].[Gone]", -1, -1)])
    assert (found.state, "[dbo].[Gone]" in found.evidence) == ("unknown", True)


def test_sql_server_names_are_quoted() -> None:
    assert quoted("erp.dbo", "Odd]Name") == "[erp].[dbo].[Odd]]Name]"
    assert quoted(None, "t") == "[t]"


SYSTEM = ["CREATE SESSION", "SELECT ANY DICTIONARY", "UNLIMITED TABLESPACE"]
TABLES = [("ERP.LINES", "SELECT"), ("ERP.LINES", "READ"), ("ERP.ITEMS", "REFERENCES")]


def test_oracle_s_reader_is_proved() -> None:
    assert judge_oracle(SYSTEM, TABLES, [], "READER", ["ERP"]).state == "proved"


@pytest.mark.parametrize(
    ("system", "tables", "own", "user", "said"),
    [
        ([*SYSTEM, "CREATE TABLE"], TABLES, [], "READER", "CREATE TABLE"),
        ([*SYSTEM, "INSERT ANY TABLE", "DROP ANY TABLE", "BECOME USER", "ALTER USER"], TABLES, [], "SYS", "and 1 more"),
        (SYSTEM, [*TABLES, ("ERP.LOG", "INSERT")], [], "READER", "INSERT on ERP.LOG"),
        (SYSTEM, TABLES, ["SCRATCH"], "READER", "SCRATCH"),
        (SYSTEM, TABLES, [], "ERP", "the owner of the mapped tables"),
    ],
)
def test_oracle_s_writer_is_found_out(system: Any, tables: Any, own: Any, user: str, said: str) -> None:
    found = judge_oracle(system, tables, own, user, ["ERP"])
    assert (found.state, said in found.evidence) == ("writable", True)


class Recorded:
    """A connection that answers what was recorded, told apart by a word of the question."""

    def __init__(self, dialect: Any, answers: dict[str, list[tuple[Any, ...]]]) -> None:
        self.dialect, self.answers = dialect, answers
        self.asked: list[Any] = []

    def exec_driver_sql(self, statement: str) -> Any:
        self.asked.append(statement)
        return Answer(next(rows for word, rows in self.answers.items() if word in statement))

    def execute(self, statement: Any, values: dict[str, str]) -> Any:
        self.asked.append((str(statement), values))
        return Answer(self.answers["MAPPED"])


class Answer(list[tuple[Any, ...]]):
    def scalar(self) -> Any:
        return self[0][0]

    def one(self) -> tuple[Any, ...]:
        return self[0]


def test_oracle_is_asked_for_public_rights_on_mapped_tables_only() -> None:
    answers = {
        "session_privs": [("CREATE SESSION",)],
        "user_tab_privs_recd": [("ERP.LINES", "SELECT")],
        "all_tab_privs": [("SYSTEM", "OL$", "INSERT"), ("ERP", "LINES", "UPDATE")],
        "user_tables": [],
        "SYS_CONTEXT": [("READER",)],
    }
    recorded: Any = Recorded(oracle.dialect(), answers)
    assert prove_read_only(recorded, [("erp", "lines")]) == Proof("writable", "It has UPDATE on ERP.LINES.")
    assert prove_read_only(recorded, [("erp", "Items")]).state == "proved"


def test_sql_server_is_asked_for_each_mapped_table() -> None:
    answers = {
        "IS_SRVROLEMEMBER": [],
        "fn_my_permissions": [("CONNECT",), ("SELECT",)],
        "sys.objects": [],
        "MAPPED": [(1, 0)],
    }
    recorded: Any = Recorded(mssql.dialect(), answers)
    assert prove_read_only(recorded, [("dbo", "Lines"), (None, "Items")]).state == "proved"
    assert [one[1]["name"] for one in recorded.asked if isinstance(one, tuple)] == ["[dbo].[Lines]", "[Items]"]


def test_a_database_that_nobody_knows_to_ask_stays_unknown() -> None:
    recorded: Any = Recorded(type("Dialect", (), {"name": "trino"}), {})
    assert prove_read_only(recorded, []).state == "unknown"


def test_a_file_that_was_not_opened_by_a_bind_stays_unknown() -> None:
    with create_engine("sqlite://").connect() as connection:
        assert prove_read_only(connection, []).state == "unknown"


@pytest.mark.parametrize(("state", "said"), [("writable", "its account can write"), ("unknown", "nobody knows")])
def test_without_proof_a_bind_is_refused_unless_its_owner_accepts_it(state: Any, said: str) -> None:
    proof = Proof(state, "It may write to erp.lines.")
    with pytest.raises(
        BindError, match=rf"Bind erp: {said}.*erp\.lines.*allow_writes = true in \[binds\.erp\]"
    ) as found:
        require_read_only(proof, "erp", Bind(url="sqlite://"))
    assert found.value.kind == "writable"
    require_read_only(proof, "erp", Bind(url="sqlite://", allow_writes=True))
    require_read_only(Proof("proved", ""), "erp", Bind(url="sqlite://"))
