#!/usr/bin/env bash
# ray 2.60.0: a cluster of one machine that is told to be at 127.0.0.1 listens on every interface.
#
# Expected: `ray.init(_node_ip_address="127.0.0.1")` starts a cluster that only this machine can reach.
# Observed: the address is replaced by one of the outside before anything starts, and GCS, raylet and workers listen on
#           all interfaces; 127.0.0.2 is kept as the address and they listen on all interfaces, too. They bind to the
#           loopback interface only where the address is 127.0.0.1 in the end, which it is when a variable meant for
#           Windows and macOS, RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER=0, is set before ray is imported.
# Output seen (2026-11-30):
#   ray 2.60.0: asked for 127.0.0.1 -> on all interfaces: 6 of 6 sockets
#   ray 2.60.0: asked for 127.0.0.1, RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER=0 -> on all interfaces: 0 of 6 sockets
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.12}" -m venv "$work/v"
"$work/v/bin/pip" install -q "ray==2.60.0" psutil==7.2.2 2>/dev/null
cat >"$work/ask.py" <<'PY'
import os
import sys

import psutil
import ray

ray.init(address="local", num_cpus=1, include_dashboard=False, _node_ip_address="127.0.0.1", _temp_dir=sys.argv[1],
         log_to_driver=False, logging_level="error")


@ray.remote
def one():
    return 1


assert ray.get(one.remote()) == 1
me = psutil.Process()
sockets = [found.laddr.ip for process in (me, *me.children(recursive=True)) for found in process.net_connections("inet")
           if found.status == psutil.CONN_LISTEN]
outside = [ip for ip in sockets if not ip.startswith("127.") and ip not in ("::1", "::ffff:127.0.0.1")]
name = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
how = f", {name}=0" if os.environ.get(name) == "0" else ""
print(f"ray {ray.__version__}: asked for 127.0.0.1{how} -> on all interfaces: {len(outside)} of {len(sockets)} sockets")
assert bool(outside) == (not how), "this has changed"
PY
export RAY_USAGE_STATS_ENABLED=0 RAY_AUTH_TOKEN
RAY_AUTH_TOKEN=$("$work/v/bin/python" -c 'import secrets; print(secrets.token_hex(32))')
"$work/v/bin/python" "$work/ask.py" "$work/a"
RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER=0 "$work/v/bin/python" "$work/ask.py" "$work/b"
