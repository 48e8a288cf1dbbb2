"""What drivers and databases say, by kind, with what to do. ``code`` stands before a number or SQLSTATE."""

import re
from typing import Final, NamedTuple

from dashboard.sources.binds.errors import Kind


class Known(NamedTuple):
    """Errors of one cause: a pattern of their text, their kind, what is wrong and what to do."""

    pattern: re.Pattern[str]
    kind: Kind
    wrong: str
    todo: str


def _known(pattern: str, kind: Kind, wrong: str, todo: str) -> Known:
    return Known(re.compile(pattern, re.IGNORECASE), kind, wrong, todo)


SLOW: Final = (
    "Raise statement_seconds of the bind, have an index made on the date column, or find out who holds locks on its "
    "tables"
)
# In its place stands where the password of the bind comes from.
PLACE: Final = "{place}"
_SELECT = "Grant SELECT on it to the account of the bind"

# The first that fits is said: causes stand before symptoms, such as a "login timeout" for want of a certificate.
KNOWN: Final = (
    _known(
        r"DPY-3015",
        "driver",
        "the account's password is kept in an old form that oracledb's thin mode does not know",
        "Have the DBA set the password again under Oracle 12c or newer rules, or use thick mode: Oracle's client, and "
        "thick_mode=true in the url",
    ),
    _known(
        r"DPI-1047|Can't open lib|code IM002|Data source name not found|libpq library not found",
        "driver",
        "the database's client library is not installed on this machine, or has another name",
        "Install it, and write into the url what it is called: of an ODBC driver its name (driver=..., odbcinst -q -d "
        "lists them), of Oracle's client its folder (thick_mode=...)",
    ),
    _known(
        r"certificate verify failed|self[- ]signed certificate|certificate chain|SSL Provider"
        r"|certificate has expired|DPY-6000.*TLS|ORA-28759|ORA-29024",
        "unreachable",
        "the server's certificate is not trusted on this machine",
        "Install the certificate of the company's authority here, and write the host into the url as the certificate "
        "names it (SQL Server only, and for a trial: TrustServerCertificate=yes)",
    ),
    _known(
        r"ORA-01017|ORA-01005|DPY-4001|DPY-4010|\(18456\)|Login failed for user|password authentication failed"
        r"|code 28P01|code 1045\b|code 1698\b|Access denied for user .*using password|fe_sendauth"
        r"|no password supplied|Code: (192|193|194|516)\b|Authentication failed|Incorrect username or password"
        r"|code 28000\b",
        "refused",
        "the database refuses the login",
        f"Check the user in the url, and {PLACE}",
    ),
    _known(
        r"ORA-28000|ORA-28001|ORA-28002|account (is )?locked|password (has )?expired|\(18487\)|\(18488\)"
        r"|code 3118\b|code 1820\b",
        "refused",
        "the account is locked, or its password has expired",
        "Have the DBA unlock it or set a new password",
    ),
    _known(
        r"ORA-01045|no pg_hba\.conf entry|code 3D000\b|database .* does not exist|\(4060\)|Cannot open database"
        r"|code 1044\b|code 1049\b|Unknown database|Database .* doesn't exist",
        "refused",
        "the account may not use this database, or there is none of that name",
        "Check the name of the database in the url, and that the account may connect to it",
    ),
    _known(
        r"ORA-12514|ORA-12505|DPY-6001|DPY-6003",
        "unreachable",
        "the listener answers, but does not know the service (or SID)",
        "Check service_name in the url; lsnrctl status lists the names",
    ),
    _known(
        r"DPY-4024|ORA-01013|ORA-03136|Query timeout expired|code 57014\b|statement timeout|canceling statement"
        r"|max_statement_time|max_execution_time exceeded|maximum statement execution time|code 1969\b|code 3024\b"
        r"|code 1317\b|TIMEOUT_EXCEEDED|Code: 159\b|Lock request time out|Operation cancell?ed|INTERRUPT Error"
        r"|^interrupted|exceeded the maximum (run|execution) time",
        "timeout",
        "the statement was stopped, for it took too long",
        SLOW,
    ),
    _known(
        r"failed to resolve|could not translate host|Name or service not known|nodename nor servname|getaddrinfo"
        r"|Temporary failure in name resolution|DPY-4026|ORA-12154|ORA-12545",
        "unreachable",
        "there is no host of that name",
        "Check the host in the url",
    ),
    _known(
        r"Connection refused|DPY-6005|DPY-6000|ORA-12541|code 200[23]\b|Can't connect to .*server|actively refused"
        r"|Code: 210\b|Adaptive Server is unavailable|Protocol error in TDS stream",
        "unreachable",
        "nothing there takes connections, or not from this machine",
        "Check host and port in the url, that the database runs, and that no firewall stands between",
    ),
    _known(
        r"Login timeout expired|code HYT01|timeout expired.*connect|(?<!Lost )connect.*(timeout|timed out)|ORA-12170"
        r"|No route to host|Network is unreachable|code 08001\b|Client unable to establish connection",
        "unreachable",
        "the database cannot be reached",
        "Check host and port in the url, that the database runs, and that no firewall stands between",
    ),
    _known(
        r"server closed the connection|terminating connection|connection (is|was) (closed|lost|reset)"
        r"|Connection reset|Broken pipe|SSL connection has been closed|code 57P0[123]\b|consuming input failed"
        r"|Lost connection|gone away|code 2013\b|code 2006\b|ORA-03113|ORA-03114|ORA-00028|ORA-02396|ORA-12537"
        r"|DPY-1001|DPY-4011|DPY-4005|code 08S01\b|Communication link failure|code 08003\b|code 08006\b"
        r"|Unexpected EOF|not connected|Packet sequence number wrong",
        "lost",
        "the connection broke",
        "Try again; if it happens often, ask who ends it (a restart, a firewall, an idle limit)",
    ),
    _known(
        r"ORA-01555",
        "statement",
        "the database could not keep an unchanged picture for as long as the statement ran",
        "Refresh in a quiet hour, or have UNDO_RETENTION raised",
    ),
    _known(
        r"ORA-00942|ORA-04043|code 42P01\b|UndefinedTable|Invalid object name|code 42S02\b|code 1146\b"
        r"|no such table|Table with name .* does not exist|UNKNOWN_TABLE|Code: 60\b|TABLE_OR_VIEW_NOT_FOUND"
        r"|Table .* doesn't exist",
        "statement",
        "a table or view is not there, or the account may not see it",
        f"Check its name and schema in the mapping. {_SELECT}",
    ),
    _known(
        r"ORA-01031|ORA-41900|code 42501\b|permission denied|permission was denied|code 1142\b|code 1143\b"
        r"|command denied|ACCESS_DENIED|Code: 497\b|Not enough privileges|insufficient privileges",
        "statement",
        "the account may not read a table",
        _SELECT,
    ),
    _known(
        r"ORA-00904|code 42703\b|UndefinedColumn|Invalid column name|code 42S22\b|code 1054\b|no such column"
        r"|Code: 47\b|Referenced column|UNRESOLVED_COLUMN",
        "statement",
        "a column is not there",
        "Check its name in the mapping; python -m dashboard doctor names what is like it",
    ),
    _known(
        r"read-?only|code 25006\b|ORA-01456|code 1792\b|Code: 164\b",
        "statement",
        "the session may only read",
        "Salesgate writes nothing: if a view calls a function that writes, map another one",
    ),
    _known(
        r"database is locked|Could not set lock|Conflicting lock",
        "unreachable",
        "another program holds the file",
        "Wait until it has ended, or give Salesgate a copy of the file",
    ),
    _known(
        r"unable to open database file|file is not a database|not a valid DuckDB|malformed|Can't open a connection",
        "settings",
        "the file cannot be opened as this kind of database",
        "Check the path and its rights; an SQLite file in WAL mode needs a folder that this user may write to",
    ),
    _known(
        r"out of memory|Out of Memory|MEMORY_LIMIT_EXCEEDED|Code: 241\b|ORA-04030|ORA-01652|code 53200\b"
        r"|code 1038\b",
        "statement",
        "the database has too little memory or temporary space for the statement",
        "Have the limit of the account raised, or map fewer columns (region, channel)",
    ),
)
