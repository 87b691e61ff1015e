#!/usr/bin/env bash
# Runs the service's tests against the mock. Fails when a test does, and when a request broke the vendor's document.
set -euo pipefail
cd "$(dirname "$0")"

port=${PORT:-4010}
export JUNIPER_BASE_URL="http://127.0.0.1:$port/v1" JUNIPER_TOKEN_URL="http://127.0.0.1:$port/oauth2/token"

# Not through npx: it would not pass the signal on that stops the mock, nor its exit code back.
read -ra command <<<"${JUNIPER_COMMAND:-node_modules/.bin/juniper-fulfillment}"
"${command[@]}" mock --stateful --check --port "$port" &
mock=$!
curl --silent --head --output /dev/null --retry 120 --retry-delay 1 --retry-connrefused "$JUNIPER_BASE_URL"

failed=0
python3 -m unittest --verbose || failed=1
# Stopped politely, it lists what broke the document and ends with 1.
kill -TERM "$mock"
wait "$mock" || failed=1
exit "$failed"
