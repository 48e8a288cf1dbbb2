"""Lines of SHOW GRANTS as servers write them."""

import pytest

from dashboard.sources.binds.grants import read_grants

MARIADB_READER = (
    "GRANT USAGE ON *.* TO `reader`@`%` IDENTIFIED BY PASSWORD '*7D2A'",
    "GRANT SELECT, SHOW VIEW ON `erp`.* TO `reader`@`%`",
    "GRANT SELECT (`id`, `a,b`) ON `hr`.`people` TO `reader`@`%`",
)
CLICKHOUSE_READER = ("GRANT SHOW, SELECT ON erp.* TO reader", "GRANT SELECT(id, amount) ON erp.lines TO reader")


@pytest.mark.parametrize("lines", [MARIADB_READER, CLICKHOUSE_READER])
def test_a_reader_s_grants_are_harmless(lines: tuple[str, ...]) -> None:
    assert read_grants(lines) == ((), (), ())


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("GRANT ALL PRIVILEGES ON `erp`.* TO `x`@`%` WITH GRANT OPTION", "ALL PRIVILEGES on `erp`.*"),
        ("GRANT SELECT, INSERT ON `erp`.`sales` TO `x`@`%`", "INSERT on `erp`.`sales`"),
        ("GRANT SELECT (`id`), UPDATE (`amount`, `id`) ON `erp`.`sales` TO `x`@`%`", "UPDATE on `erp`.`sales`"),
        ("GRANT EXECUTE ON PROCEDURE `erp`.`book` TO `x`@`%`", "EXECUTE on PROCEDURE `erp`.`book`"),
        ("GRANT FILE ON *.* TO `x`@`%`", "FILE on *.*"),
        ("GRANT PROXY ON ''@'%' TO 'root'@'localhost' WITH GRANT OPTION", "PROXY on ''@'%'"),
        ("GRANT SELECT, ALTER UPDATE ON erp.* TO x", "ALTER UPDATE on erp.*"),
        ("GRANT BACKUP_ADMIN,SUPER ON *.* TO `x`@`%`", "BACKUP_ADMIN on *.*"),
    ],
)
def test_whatever_is_more_than_reading_is_named(line: str, right: str) -> None:
    assert right in read_grants([*MARIADB_READER, line]).writing


def test_roles_are_looked_into_and_strange_lines_are_kept_without_passwords() -> None:
    found = read_grants(
        [
            "GRANT `writer`@`%`,`clerk`@`%` TO `x`@`%`",
            "GRANT payroll TO `x`@`%` WITH ADMIN OPTION",
            "SET DEFAULT ROLE `clerk` FOR `x`@`%`",
            "ALTER USER x IDENTIFIED BY PASSWORD '*AB'",
        ]
    )
    assert found.roles == ("`writer`@`%`", "`clerk`@`%`", "payroll")
    assert found.strange == ("ALTER USER x",)
    assert found.writing == ()
