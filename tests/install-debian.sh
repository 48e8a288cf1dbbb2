#!/bin/sh
# Makes sure that the programs named are there for the tests; installs what is missing where that is possible.
# Known are: chromium postgresql redis nginx mariadb clickhouse orafce odbc
set -eu

is_there() {
    case $1 in
        chromium) command -v chromium >/dev/null && command -v chromedriver >/dev/null ;;
        postgresql) command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ;;
        redis) command -v redis-server >/dev/null ;;
        nginx) PATH="$PATH:/usr/sbin" command -v nginx >/dev/null ;;
        mariadb) PATH="$PATH:/usr/sbin" command -v mariadbd >/dev/null ;;
        clickhouse) PATH="$PATH:/usr/sbin" command -v clickhouse-server >/dev/null ;;
        orafce) ls /usr/share/postgresql/*/extension/orafce.control >/dev/null 2>&1 ;;
        odbc) ls /usr/lib/*/libodbc.so.2 /usr/lib/*/odbc/psqlodbcw.so /usr/lib/*/odbc/libmaodbc.so >/dev/null 2>&1 ;;
        *) echo "This script does not know $1." >&2; exit 2 ;;
    esac
}

packages_of() {
    case $1 in
        chromium) echo chromium chromium-driver fonts-dejavu-core ;;
        postgresql) echo postgresql ;;
        redis) echo redis-server ;;
        nginx) echo nginx-light ;;
        mariadb) echo mariadb-server ;;
        clickhouse) echo clickhouse-server ;;
        orafce) echo '^postgresql-[0-9]+-orafce$' ;; # the release of PostgreSQL that the system has
        odbc) echo libodbc2 odbc-postgresql odbc-mariadb ;;
    esac
}

missing=''
for program in "$@"; do
    is_there "$program" || missing="$missing $(packages_of "$program")"
done
[ -n "$missing" ] || exit 0
set -f # a name may be a pattern, for apt alone to fill in
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing$missing ..."
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q >/dev/null
    # shellcheck disable=SC2086 - names of packages, one by one
    apt-get install -yq --no-install-recommends $missing >/dev/null
    exit 0
fi
echo 'The tests need programs that are not here. On Debian, as root:' >&2
echo "    apt-get install$missing" >&2
exit 1
