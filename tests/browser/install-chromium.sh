#!/bin/sh
# Makes sure that Chromium is there for the browser tests; installs it where that is possible.
set -eu
if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo 'Installing Chromium ...'
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q >/dev/null
    apt-get install -yq --no-install-recommends chromium chromium-driver fonts-dejavu-core >/dev/null
    exit 0
fi
echo 'The browser tests need Chromium and its driver. On Debian, as root:' >&2
echo '    apt-get install chromium chromium-driver' >&2
exit 1
